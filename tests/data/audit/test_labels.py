from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pleura.data.audit import labels as labels_module
from pleura.data.audit.collection import Collection
from pleura.data.audit.labels import find_mislabelled, suspects
from tests.data.audit.made_up import chest, collection_of


def test_a_label_is_doubtful_where_it_is_unlikely_and_another_one_usual() -> None:
    labels = np.array([0, 0, 1, 1, 0, 1])
    ones = np.array([0.1, 0.2, 0.9, 0.8, 0.995, 0.6])  # images of class 1 have .77 on average
    (found,) = suspects(labels, np.stack([1 - ones, ones], axis=1))
    assert found[:2] == (4, 1)
    assert abs(found[2] - 0.005) < 1e-12
    none = np.full((6, 2), np.nan)
    assert list(suspects(labels, none)) == []


def hearts(folder: Path, labels: list[str]) -> Collection:
    """200 images of 100 patients; the heart of every other one, of class a, is on the left."""
    squares = [chest(seed, 32) for seed in range(200)]
    for row in range(0, 200, 2):
        squares[row] = squares[row][:, ::-1]
    patients = [f"p{row // 2}" for row in range(200)]
    return collection_of(folder, squares, labels=labels, patients=patients)


def test_an_image_without_a_label_is_not_taken_for_one_of_the_last_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels_module, "UNLIKELY", 0.25)
    collection = hearts(tmp_path, ["ab"[row % 2] for row in range(200)])
    manifest = collection.manifest
    some = [
        "" if row in (10, 20, 30) else label for row, label in enumerate(manifest.table["label"])
    ]
    partly = replace(manifest, table=manifest.table.assign(label=some))
    assert find_mislabelled(replace(collection, manifest=partly)) == ()


def test_swapped_labels_are_found_by_models_of_other_patients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels_module, "UNLIKELY", 0.25)  # few images make a careful model
    labels = ["ab"[row % 2] for row in range(200)]
    labels[10], labels[21] = "b", "a"
    findings = find_mislabelled(hearts(tmp_path, labels))
    assert {finding.rows for finding in findings} == {(10,), (21,)}
    assert any("row 12 (10.png) is labelled b but looks like a" in of.text for of in findings)

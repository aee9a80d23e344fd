from pathlib import Path

import numpy as np
import pytest

from pleura.data.audit import labels as labels_module
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


def test_swapped_labels_are_found_from_features_of_other_patients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels_module, "UNLIKELY", 0.05)  # few images make a careful model
    rng = np.random.default_rng(0)
    labels = ["ab"[row % 2] for row in range(600)]
    features = rng.normal(size=(600, 60)).astype(np.float32)
    features += 6 * np.array([label == "a" for label in labels])[:, None]
    labels[10], labels[21] = "b", "a"
    squares = [chest(seed, 32) for seed in range(20)] * 30
    patients = [f"p{row // 2}" for row in range(600)]
    collection = collection_of(
        tmp_path, squares, labels=labels, patients=patients, features=features
    )
    findings = find_mislabelled(collection)
    assert {finding.rows for finding in findings} == {(10,), (21,)}
    assert any("row 12 (10.png) is labelled b but looks like a" in of.text for of in findings)

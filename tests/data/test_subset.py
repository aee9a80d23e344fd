"""A few patients of every kind: enough of each, whole patients, the same ones each time."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.data.manifest import Manifest
from pleura.data.subset import few_patients

KIND = ["label", "source", "split"]


@pytest.fixture
def manifest() -> Manifest:
    """60 patients of 1 to 4 images; two labels, sources and parts; a few have both labels."""
    random = np.random.default_rng(0)
    rows = [
        (f"{patient}_{i}.png", label, f"p{patient}", "xy"[patient % 2], part)
        for patient in range(60)
        for part in [("train", "test")[patient % 3 == 0]]
        for i in range(random.integers(1, 5))
        for label in ["ab"[(patient // 2 + i * (patient % 10 == 0)) % 2]]
    ]
    table = pd.DataFrame(rows, columns=["image", "label", "patient", "source", "split"])
    return Manifest(table.assign(row=range(2, len(table) + 2)), ("a", "b"), Path("images.csv"))


def patients_by_kind(manifest: Manifest) -> pd.Series:
    return manifest.table.groupby(KIND)["patient"].nunique()


def test_each_kind_has_as_many_patients_as_asked_or_all_it_has(manifest: Manifest) -> None:
    before, after = (patients_by_kind(m) for m in (manifest, few_patients(manifest, 3)))
    assert after.index.equals(before.index)
    assert (after >= before.clip(upper=3)).all()
    # More only where a patient of several labels counts for the others.
    several = manifest.table.groupby("patient")["label"].nunique().gt(1).sum()
    assert several > 0
    assert (after - 3).clip(lower=0).sum() <= several
    assert len(set(few_patients(manifest, 3).groups)) < 60


def test_whole_patients_are_kept_with_their_lines(manifest: Manifest) -> None:
    few = few_patients(manifest, 2)
    kept = manifest.table[manifest.table["patient"].isin(few.table["patient"])]
    pd.testing.assert_frame_equal(few.table, kept.reset_index(drop=True))
    assert few.labels.tolist() == [("a", "b").index(label) for label in kept["label"]]


def test_the_order_of_the_rows_does_not_matter(manifest: Manifest) -> None:
    turned = Manifest(manifest.table[::-1].reset_index(drop=True), ("a", "b"), manifest.origin)
    assert set(few_patients(turned, 2).groups) == set(few_patients(manifest, 2).groups)


def test_more_patients_hold_the_fewer(manifest: Manifest) -> None:
    two, four = (set(few_patients(manifest, count).groups) for count in (2, 4))
    assert two < four


def test_the_report_is_told_and_nothing_is_said_where_all_are_kept(manifest: Manifest) -> None:
    few = few_patients(manifest, 2)
    assert (
        few.notes[-1] == f"{len(set(few.groups))} of 60 patients are studied (`data.patients: 2`)"
    )
    assert few_patients(manifest, 60) is manifest


def test_findings_count_by_themselves_not_by_what_stands_beside_them() -> None:
    """Of 60 patients, each with a combination of five findings, unknown ones among them: four
    patients of each side of each finding are ten times four at most, and fewer as they count for
    several."""
    rng = np.random.default_rng(0)
    targets = rng.choice([-1, 0, 1], (60, 5))
    targets[(targets < 0).all(axis=1)] = 0
    table = pd.DataFrame(
        {
            "image": [f"{i}.png" for i in range(60)],
            "patient": [f"p{i}" for i in range(60)],
            "label": ["".join(map(str, row)) for row in targets],
            "source": "",
            "split": "",
        }
    )
    assert table["label"].nunique() > 40
    names = ("a", "b", "c", "d", "e")
    every = Manifest(table.assign(row=range(60)), names, Path("images.csv"), targets=targets)
    few = few_patients(every, 4)
    assert len(few) < 30
    for name, of in few.members.items():
        assert of.sum() >= min(4, every.members[name].sum())
    assert few.labels.tolist() == targets[[int(p[1:]) for p in few.table["patient"]]].tolist()

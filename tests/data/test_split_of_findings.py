"""Splits of images with findings: both sides of each in every part."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.data.balance import ByFindings
from pleura.data.findings import with_findings
from pleura.data.findings_rule import FindingsRule
from pleura.data.manifest import Manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.errors import InputError
from tests.data.unlabelled import manifest


def many(folder: Path, n: int, rare: int) -> Manifest:
    rng = np.random.default_rng(0)
    edema = np.zeros(n, int)
    edema[rng.choice(n, rare, replace=False)] = 1
    table = pd.DataFrame(
        {
            "image": [f"i{i}.png" for i in range(n)],
            "patient": [f"p{i:03d}" for i in range(n)],
            "Edema": edema,
            "Effusion": rng.integers(0, 2, n),
        }
    )
    read = manifest(folder, table, ("Edema", "Effusion"))
    return with_findings(read, FindingsRule(names=["Edema", "Effusion"]))


RULE = Rule(test=0.2, folds=None, validation=0.2, seeds=[0, 1], fractions=[0.5, 1.0])


def test_a_split_has_both_sides_of_every_finding_in_every_part(tmp_path: Path) -> None:
    read = many(tmp_path, 120, 9)
    split = make_split(read, RULE, ByFindings.of)
    for parts in split.drawn.values():
        for rows in (parts.train, parts.validation, parts.test):
            for at in range(2):
                assert set(read.labels[rows, at]) == {0, 1}
    counts = split.counts
    assert set(counts["class"]) == {"all", *read.members}
    test = counts[(counts["part"] == "test") & (counts["class"] == "Edema")]
    assert set(test["patients"]) == {2}  # a fifth of nine


def test_a_finding_too_rare_for_every_part_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no image of Edema in"):
        make_split(many(tmp_path, 60, 2), RULE, ByFindings.of)


def test_official_parts_of_findings(tmp_path: Path) -> None:
    """Fractions cut training alone, and still balance the findings."""
    read = many(tmp_path, 120, 30)
    column = np.repeat(["train", "val", "test"], 40)
    column[np.flatnonzero(read.labels[:, 0] == 1)] = np.repeat(["train", "val", "test"], 10)
    official = replace(read, table=read.table.assign(split=column))
    rule = Rule(test="split", validation="split", seeds=[0, 1], fractions=[0.5, 1.0])
    split = make_split(official, rule, ByFindings.of)
    for (_, _, fraction), parts in split.drawn.items():
        np.testing.assert_array_equal(parts.validation, np.flatnonzero(column == "val"))
        train = np.flatnonzero(column == "train")
        assert set(parts.train) <= set(train)
        share = (read.labels[parts.train, 0] == 1).sum() / 10
        assert abs(share - fraction) <= 0.1


@pytest.mark.parametrize("lacks", ["train", "val", "test"])
def test_a_published_part_without_a_finding_is_told_as_such(tmp_path: Path, lacks: str) -> None:
    read = many(tmp_path, 120, 30)
    column = np.tile(["train", "val", "test"], 40)
    there = np.flatnonzero(read.labels[:, 0] == 1)
    others = [name for name in ("train", "val", "test") if name != lacks]
    column[there] = np.tile(others, 15)
    published = replace(read, table=read.table.assign(split=column))
    rule = Rule(test="split", validation="split", seeds=[0], fractions=[1.0])
    with pytest.raises(InputError) as refused:
        make_split(published, rule, ByFindings.of)
    assert refused.value.heading == (
        "Every finding must be there in some image of every part, and not there in another: take "
        "other cells of column 'split', or leave out findings."
    )
    assert "no image of Edema in" in refused.value.problems[0]


def test_folds_that_findings_are_too_rare_for(tmp_path: Path) -> None:
    rule = Rule(test=None, folds=5, validation=0.2, seeds=[0], fractions=[1.0])
    with pytest.raises(InputError, match="5 folds need 5 patients with every finding") as refused:
        make_split(many(tmp_path, 40, 3), rule, ByFindings.of)
    assert refused.value.problems == ("Edema: 3 patients",)

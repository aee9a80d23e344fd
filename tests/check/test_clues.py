"""What is said of clues, by areas as they are measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.check import clues
from pleura.check.clues import KIND, ONE_SOURCE, clue_findings, some_of_each, told_apart
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.evaluate.clue_strength import COLUMNS
from tests.check.made_images import write_images


def areas(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    """Areas of (clue, target, class, value, low)."""
    return pd.DataFrame([(*row, 1.0, 9, 9) for row in rows], columns=COLUMNS)


THREE = [("size", "class", name, 0.6, 0.55) for name in ("macro", "a", "b", "c")]
SOURCES = [("size", "source", name, 0.8, 0.7) for name in ("macro", "north", "south")]


def test_of_two_classes_and_of_sources_all_together_are_told() -> None:
    both = areas(*THREE, *SOURCES)
    every = [("class", name) for name in ("macro", "a", "b", "c")]
    assert told_apart(both, findings=False) == [*every, ("source", "macro")]
    two = areas(*THREE[:3])
    assert told_apart(two, findings=False) == [("class", "macro")]
    assert told_apart(two, findings=True) == every[:3]


def test_what_tells_surely_is_said_and_nothing_else(tmp_path: Path) -> None:
    table = write_images(tmp_path, 6, lambda i: {"label": "abc"[i % 3]})
    told = areas(
        *THREE,
        *SOURCES,
        ("view", "class", "b", 0.9, 0.8),
        ("sex", "class", "b", 0.95, 0.9),
        ("age", "class", "b", 0.99, 0.4),  # it may be guessing
        ("view", "class", "macro", 0.8, 0.7),  # “b” says it
        ("whole image", "class", "b", 0.97, 0.9),
    )
    found = list(clue_findings(told, read_manifest(table)))
    assert [(each.kind, each.score) for each in found] == [(KIND, 0.95), (KIND, 0.8)]
    assert found[0].text == (
        "“b” is told from the rest by sex (.950), view (.900); guessing is .5, the whole image, "
        "for comparison, .970"
    )
    assert found[1].text == "The source is told by size (.800); guessing is .5"


def test_a_class_of_one_source_is_named(tmp_path: Path) -> None:
    table = write_images(
        tmp_path, 8, lambda i: {"label": "ab"[i % 2], "source": "xy"[i % 2 and i > 3]}
    )
    [found] = clue_findings(areas(), read_manifest(table))
    assert found.kind == ONE_SOURCE
    assert found.rows == (0, 2, 4, 6)
    assert found.text.startswith("All 4 images of “a” come from x")


def test_of_many_images_some_are_learned_from_and_no_class_or_source_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clues, "LEARNED", 100)
    labels = ["rare" if row % 500 == 7 else "ab"[row % 2] for row in range(2000)]
    sources = ["far" if row % 400 == 3 else "near" for row in range(2000)]
    table = pd.DataFrame({"label": labels, "source": sources})
    manifest = Manifest(table, ("a", "b", "rare"), Path("images.csv"))
    rows = np.arange(1, 2000)
    drawn = some_of_each(manifest, rows, ["far", "near"])
    assert len(drawn) == len({*drawn.tolist()}) == 100
    assert table.loc[drawn, "label"].value_counts()["rare"] == 4
    assert table.loc[drawn, "source"].value_counts()["far"] == 5
    assert (drawn == some_of_each(manifest, rows, ["far", "near"])).all()
    assert (some_of_each(manifest, rows[:100], []) == rows[:100]).all()
    assert len(some_of_each(replace(manifest, labelled=False), rows, [])) == 100

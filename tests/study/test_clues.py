"""The step that measures clues, on images with planted ones."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.evaluate.clue_strength import CLASS, FILE, GRAY, OUTER, SIZE, SOURCE, by_clue
from pleura.report.sections.clues import CLUES
from pleura.report.sections.sources_of_classes import SOURCES
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import clues
from pleura.tasks import clue_forests as tasks

Found = dict[tuple[str, str, str], float]
Measure = Callable[..., tuple[Found, Path]]


@pytest.fixture
def measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measure:
    """A function that draws images, measures clues, and gives AUROC by clue, target and class.

    Images of class b have a bright edge; those of the source south are larger files. `source` gives
    the source of a patient by number and class.
    """
    monkeypatch.setattr(tasks, "TREES", 50)

    def run(source: Callable[[int, str], str], folds: int | None = None) -> tuple[Found, Path]:
        random = np.random.default_rng(0)
        rows = []
        for patient in range(60):
            label, of = "ab"[patient % 2], source(patient, "ab"[patient % 2])
            side = 48 if of == "south" else 40
            for view in range(2):
                pixels = random.normal(110, 30, (side, side))
                pixels[:3] += 60 if label == "b" else 0
                name = tmp_path / f"{patient}_{view}.png"
                Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(name)
                rows.append((name.name, label, f"p{patient}", of))
        table = pd.DataFrame(rows, columns=["image", "label", "patient", "source"])
        table.to_csv(tmp_path / "images.csv", index=False)
        manifest = read_manifest(tmp_path / "images.csv")
        bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
        test = None if folds else 0.4
        rule = Rule(test=test, folds=folds, validation=0.1, seeds=[3], fractions=[1.0])
        split = make_split(manifest, rule)
        context = Context(tmp_path, manifest, bank, split, 1, "cpu")
        draws = [{"fold": fold, "seed": 3, "fraction": 1.0} for fold in range(folds or 1)]
        step = Step("clues", "clues", {"draws": draws}, {})
        clues.KIND.perform(step, context, quiet)
        clues.KIND.collect(Plan((step,), open=False), context)
        found = by_clue(CLUES.load(tmp_path))
        keys = found[["clue", "target", "class"]].itertuples(index=False, name=None)
        return dict(zip(keys, found["value"], strict=True)), tmp_path

    return run


def test_planted_clues_are_found_and_others_are_not(measure: Measure) -> None:
    found, folder = measure(lambda patient, _: "north" if patient % 4 < 2 else "south")
    assert found[OUTER, CLASS, "macro"] > 0.95
    assert found[FILE, SOURCE, "macro"] == 1
    assert found[SIZE, SOURCE, "macro"] == 1
    assert 0.3 < found[SIZE, CLASS, "macro"] < 0.7
    assert found[GRAY, CLASS, "macro"] > 0.7  # the bright edge
    assert 0.3 < found[SOURCE, CLASS, "macro"] < 0.7
    assert found[OUTER, SOURCE, "macro"] < 0.9
    assert (SOURCE, SOURCE, "macro") not in found
    counts = SOURCES.load(folder)
    assert counts["patients"].tolist() == [15] * 4
    assert counts["images"].tolist() == [30] * 4
    table = CLUES.load(folder)
    assert set(table["part"]) == {"test"}
    assert set(table["seed"]) == {3}


def test_a_source_that_is_a_class_tells_it(measure: Measure) -> None:
    found, _ = measure(lambda _, label: {"a": "north", "b": "south"}[label])
    assert found[SOURCE, CLASS, "b"] == 1
    assert found[FILE, CLASS, "b"] == 1


def test_without_sources_the_class_alone_is_told(measure: Measure) -> None:
    found, folder = measure(lambda *_: "")
    assert {target for _, target, _ in found} == {CLASS}
    assert (SOURCE, CLASS, "macro") not in found
    assert SOURCES.load(folder)["source"].tolist() == ["", ""]


def test_every_fold_is_tested_and_a_source_of_one_patient_is_left_out(measure: Measure) -> None:
    found, folder = measure(lambda patient, _: "one" if patient == 0 else "north", folds=3)
    assert {target for _, target, _ in found} == {CLASS}
    table = CLUES.load(folder)
    assert set(table["fold"]) == {0, 1, 2}
    assert table[table["recipe"] == OUTER]["patient"].nunique() == 60

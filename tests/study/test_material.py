"""What a segmentation before the recipes learns from: nobody who validates in the study."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pleura.errors import InputError
from pleura.study.notes import notes_of
from pleura.study.run import Study
from pleura.study.steps.segment import images_of
from tests.study.segmented import reverse, write_discs


def parted(folder: Path, testing: int, validating: int, called: str = "p") -> Path:
    """Discs, of whose 24 patients the first test and the next validate (column `split`); `called`
    begins the patients' names."""
    table = write_discs(folder, patients=24)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        place = int(row["patient"][1:])
        validates = place < testing + validating
        row["split"] = "test" if place < testing else "val" if validates else "train"
        row["patient"] = row["video"] = f"{called}{place}"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return table


def on_its_own_table(table: Path, validation: float | str, where: Any) -> dict[str, Any]:
    """A study whose step learns from masks of the study's own patients."""
    content = reverse(table, table)
    content["split"] = {"test": "split", "validation": validation}
    content["seeds"] = [0, 1]
    content["steps"]["discs"]["data"]["where"] = {"split": where}
    return content


def test_who_validates_with_a_seed_is_left_out_of_the_step_of_that_seed(tmp_path: Path) -> None:
    table = parted(tmp_path / "own", 6, 6)
    study = Study.from_objects(on_its_own_table(table, 0.3, "!test"))
    prepared = study.prepare(tmp_path / "out")
    context = prepared.context
    material = context.materials["discs"]
    trained = {}
    for step in prepared.plan.steps:
        if step.kind == "segment":
            seed = step.spec["seed"]
            rows = np.concatenate(images_of(step, context)[2:])
            trained[seed] = set(material.manifest.groups[rows])
            validate = context.split.validates_in(0, seed)
            assert trained[seed] == set(material.manifest.groups) - set(
                context.manifest.groups[validate]
            )
    assert len(trained) == 2
    assert trained[0] != trained[1]
    counts = ", ".join(f"{18 - len(trained[seed])} with seed {seed}" for seed in (0, 1))
    assert (
        f"step discs: patients who validate in the study are left out of it: {counts}"
        in notes_of(context)
    )


def test_a_step_of_nobody_but_those_who_validate_is_refused_by_name(tmp_path: Path) -> None:
    table = parted(tmp_path / "own", 6, 6)
    study = Study.from_objects(on_its_own_table(table, "split", "val"))
    with pytest.raises(InputError, match="training would be empty") as caught:
        study.prepare(tmp_path / "out")
    assert "besides those who validate in the study with seed 0" in caught.value.heading
    assert "p10, p11, p6, p7, p8, p9" in caught.value.heading


def test_a_copy_under_another_name_is_left_out_too(tmp_path: Path) -> None:
    table = parted(tmp_path / "own", 6, 6)
    other = parted(tmp_path / "other", 6, 6, called="q")
    content = on_its_own_table(table, "split", "!test")
    content["steps"]["discs"]["data"]["manifest"] = str(other)
    content["steps"]["discs"]["strangers"] = True
    context = Study.from_objects(content).prepare(tmp_path / "out").context
    material = context.materials["discs"]
    kept = set(material.manifest.groups[np.concatenate(material.parts(0))])
    assert kept == {f"q{place}" for place in range(12, 24)}


def test_others_draw_as_if_there_were_no_study(tmp_path: Path) -> None:
    own = parted(tmp_path / "own", 6, 6)
    content = on_its_own_table(own, 0.3, "!test")
    content["steps"]["discs"]["data"]["manifest"] = str(write_discs(tmp_path / "q", 18, "q", 1))
    del content["steps"]["discs"]["data"]["where"]
    prepared = Study.from_objects(content).prepare(tmp_path / "out")
    assert not prepared.context.materials["discs"].left_out
    assert not any("left out of it" in note for note in notes_of(prepared.context))

"""What a study notes about its data."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pleura.data.lung_notes import (
    CroppedNotes,
    read_notes,
    write_learned,
    write_not_known,
    write_notes,
)
from pleura.data.shortcut_settings import LungCrop
from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.notes import data_facts, data_warnings

MakeStudy = Callable[..., Path]


def noted(folder: Path, notes: list[str]) -> ClassifierFolder:
    """The contents of a study that noted `notes`."""
    (folder / "notes.json").write_text(json.dumps(notes))
    return read_classifiers(folder)


@pytest.mark.parametrize(
    "note",
    [
        "every image counts as its own patient",
        "every video, and every image without one, counts as its own patient",
    ],
)
def test_unknown_patients_are_a_warning_and_all_else_is_fact(
    make_study: MakeStudy, note: str
) -> None:
    facts = ["5840 of 6109 rows match `where`", "images are brought to 96 x 96 pixels"]
    contents = noted(make_study(), [note, *facts])
    (caution,) = data_warnings(contents)
    assert caution.text.startswith(f"E{note[1:]}: where several of them show one person")
    assert caution.serious
    assert data_facts(contents) == (
        "5840 of 6109 rows match the condition “where” below.",
        "Images are brought to 96 x 96 pixels.",
    )


def test_patients_unknown_to_an_earlier_step_are_a_fact(make_study: MakeStudy) -> None:
    contents = noted(make_study(), ["step scenes: every image counts as its own patient"])
    assert not list(data_warnings(contents))
    assert data_facts(contents) == ("Step scenes: every image counts as its own patient.",)


def test_merged_patients_are_counted_in_good_english(make_study: MakeStudy) -> None:
    contents = noted(make_study(), ["patients who share an image count as one (1 times): a = b"])
    assert data_facts(contents) == ("Patients who share an image count as one (once): a = b.",)


def test_one_is_not_many(make_study: MakeStudy) -> None:
    contents = noted(make_study(), ["rows left out: 1 images and 11 images of 1 patients"])
    assert data_facts(contents) == ("Rows left out: 1 image and 11 images of 1 patient.",)


def test_repeated_pixels_say_what_follows(make_study: MakeStudy) -> None:
    contents = noted(make_study(), ["images with the pixels of another image of their patient: 31"])
    assert data_facts(contents) == (
        "Images with the pixels of another image of their patient: 31; they stay on one side of "
        "the split, as all images of a patient do.",
    )


def test_the_crop_is_a_fact_where_nothing_was_noted(contents: ClassifierFolder) -> None:
    assert not list(data_warnings(contents))
    assert data_facts(contents) == (
        "Images were cropped to the central square of 96 × 96 pixels: the margins are unseen.",
    )


def cropped(
    folder: Path, missing: NDArray[np.bool_], *, fit: str = "crop", alone: bool = False
) -> ClassifierFolder:
    """The contents of a study that cropped 40 ill and 40 well images."""
    crop = LungCrop(0.05, alone=alone)
    ill = np.arange(80) < 40
    notes = write_notes(crop, "chest/best", ~missing, {"ill, badly": ill, "well": ~ill})
    contents = noted(folder, [*notes])
    lungs = {"masker": "runs/chest/best", "crop": 0.05, "alone": alone}
    study = {**contents.study, "data": {**contents.data, "fit": fit, "lungs": lungs}}
    return replace(contents, study=study)


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_boxes_around_lungs_are_always_padded(make_study: MakeStudy, fit: str) -> None:
    contents = cropped(make_study(), np.zeros(80, np.bool_), fit=fit)
    (caution,) = data_warnings(contents)
    assert caution.text.startswith("The box around the lungs was padded with black bars to a squ")
    assert not caution.serious
    replaced = replace(contents, notes=())
    assert not data_facts(replaced)  # no central square


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (np.arange(80) == 0, []),  # one of 40
        (np.arange(80) < 2, ["Classes differ in how many"]),
        ((np.arange(80) % 4 == 0), ["In 20 images of 80 no usable lungs"]),
        (np.arange(80) < 20, ["Classes differ in how many", "In 20 images of 80 no usable lungs"]),
    ],
)
def test_many_images_without_lungs_are_a_serious_doubt(
    make_study: MakeStudy, missing: NDArray[np.bool_], told: list[str]
) -> None:
    serious = [each.text for each in data_warnings(cropped(make_study(), missing)) if each.serious]
    assert len(serious) == len(told)
    assert all(text.startswith(begin) for text, begin in zip(serious, told, strict=True))
    if "Classes" in str(told):
        number = missing.sum()
        assert f"lungs: ill, badly {number} of 40 and well 0 of 40." in serious[0]
        assert "those of “ill, badly” do, least those of “well”" in serious[0]


def test_notes_of_cropping_are_read_as_they_are_written(make_study: MakeStudy) -> None:
    told = read_notes(cropped(make_study(), np.arange(80) < 3).notes)
    assert told == CroppedNotes("chest/best", 3, 80, {"ill, badly": (3, 40), "well": (0, 40)})
    assert read_notes(["images are brought to 96 x 96 pixels"]) is None


def test_a_masker_that_knows_what_tests_is_a_serious_doubt(make_study: MakeStudy) -> None:
    contents = cropped(make_study(), np.zeros(80, np.bool_))
    for note, serious in (
        (write_learned("chest/best", 3, 40), True),
        (write_not_known("chest/best"), False),
    ):
        told = replace(contents, notes=(*contents.notes, note))
        (caution,) = [each for each in data_warnings(told) if "lung masker" in each.text]
        assert caution.serious == serious
        assert len(data_facts(told)) == len(data_facts(contents))

"""What a study notes about its data."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

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

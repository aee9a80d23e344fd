"""The warnings before the results."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pleura.report.cautions import cautions
from pleura.report.folder import read_folder
from pleura.report.page import find

MakeStudy = Callable[..., Path]


def warned(folder: Path) -> dict[str, bool]:
    """Each caution's text, and whether it is serious."""
    contents = read_folder(folder)
    found = cautions(contents, find(contents))
    return {caution.text.replace("\u00a0", " "): caution.serious for caution in found}


def said(folder: Path, words: str) -> bool:
    """Whether some caution holds the words."""
    return any(words in text for text in warned(folder))


def test_a_sound_study_has_few(make_study: MakeStudy) -> None:
    found = warned(make_study())
    assert not any(found.values())
    assert found.keys() == {
        "The chosen learning rate lies at the edge of the grid for feature extraction "
        "(2 of 6 runs): a better value may lie outside it.",
        "Training had not converged for scratch (3 of 6 runs): more epochs may change the result.",
        "Images were cropped to the central square of 96 × 96 pixels: the margins are unseen.",
    }


def test_one_seed(make_study: MakeStudy) -> None:
    found = warned(make_study(seeds=(0,)))
    text = next(text for text in found if text.startswith("One seed"))
    assert text.startswith("One seed at 10 % of the labels and with all labels: training variation")
    assert found[text]


def test_few_patients(make_study: MakeStudy) -> None:
    assert said(make_study(patients=60), "Only 60 test patients")


def test_a_recipe_below_the_pixels_has_shown_nothing(make_study: MakeStudy) -> None:
    skills = {"scratch": 2.0, "probe": 0.3, "pixels: random forest": 1.0}
    found = warned(make_study(skills, fractions=(1.0,)))
    text = next(text for text in found if "shown nothing" in text)
    assert text.startswith("probe (.")
    assert "has shown nothing with all labels: the pixel baseline “pixels: random forest”" in text
    assert "scratch" not in text
    assert found[text]


def test_unequal_budgets(make_study: MakeStudy) -> None:
    folder = make_study()
    runs = pd.read_csv(folder / "runs.csv")
    runs.loc[runs["recipe"] == "fine-tuning", "trials"] = json.dumps([{"rate": 0.001}])
    runs.to_csv(folder / "runs.csv", index=False)
    assert said(folder, "not tuned equally: 1–3 trials a run")


def test_missing_runs(make_study: MakeStudy) -> None:
    folder = make_study()
    runs = pd.read_csv(folder / "runs.csv")
    gone = (runs["recipe"] == "fine-tuning") & (runs["seed"] == 2) & (runs["fraction"] == 0.1)
    runs[~gone].to_csv(folder / "runs.csv", index=False)
    assert said(folder, "fine-tuning (5 of 6)")


def test_random_weights_of_a_recipe_but_not_of_the_reference(make_study: MakeStudy) -> None:
    folder = make_study(reference="fine-tuning")
    assert said(folder, "scratch starts from random weights")
    (folder / "study.yaml").write_text("reference: scratch")
    assert not said(folder, "random weights")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"fit": "pad"}, "padded with black bars to a square:"),
        ({"image_is_patient": True}, "Every image counts as its own patient: where several"),
    ],
)
def test_data(make_study: MakeStudy, data: dict[str, object], words: str) -> None:
    assert said(make_study(data=data), words)


def test_notes_are_shown_as_sentences_and_once(make_study: MakeStudy) -> None:
    folder = make_study(data={"fit": "crop", "image_is_patient": True})
    notes = ["every image counts as its own patient", "12 images of more than 8 bits"]
    (folder / "notes.json").write_text(json.dumps(notes))
    found = [text for text in warned(folder) if "image" in text.lower()]
    assert found == ["Every image counts as its own patient.", "12 images of more than 8 bits."]

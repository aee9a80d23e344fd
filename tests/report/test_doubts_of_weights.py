"""The warning that weights may have learned from images that test."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests.report.test_doubts import warned

MakeStudy = Callable[..., Path]


def with_weights(folder: Path, trained_on: list[str] | None, source: str) -> Path:
    """The study with published weights of one recipe, and test images of a source."""
    runs = pd.read_csv(folder / "runs.csv", dtype=str, keep_default_na=False)
    origin = {"name": "rad-dino", "source": "a hub", "trained_on": trained_on}
    runs.loc[runs["recipe"] == "fine-tuning", "provenance"] = json.dumps(origin)
    runs.to_csv(folder / "runs.csv", index=False)
    table = pd.read_csv(folder / "predictions.csv", dtype=str, keep_default_na=False)
    table.assign(source=source).to_csv(folder / "predictions.csv", index=False)
    return folder


def test_weights_that_may_have_learned_from_test_images(make_study: MakeStudy) -> None:
    folder = with_weights(make_study(), ["MIMIC-CXR", "NIH ChestX-ray14"], "RSNA")
    found = {text: serious for text, serious in warned(folder).items() if "rad-dino" in text}
    assert found == {
        "The weights rad-dino were trained on images of MIMIC-CXR and NIH ChestX-ray14, and images "
        "that test here are of RSNA pneumonia (images of NIH ChestX-ray14): they may have learned "
        "from them, and what is measured here may be too good. This is so of “fine-tuning”.": True
    }
    for trained_on, words in ((None, "is not known"), (["CheXpert"], "")):
        others = warned(with_weights(folder, trained_on, "RSNA")).items()
        about = [(words in text, serious) for text, serious in others if "rad-dino" in text]
        assert about == ([(True, False)] if words else [])

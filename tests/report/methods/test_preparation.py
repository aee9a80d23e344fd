"""How the methods section says that images were prepared."""

from dataclasses import replace

import numpy as np
import pytest

from pleura.data.lung_notes import write_notes
from pleura.data.shortcut_settings import LungCrop
from pleura.report.classification import ClassifierFolder
from pleura.report.methods.text import methods_of
from pleura.report.study import Study


@pytest.mark.parametrize("alone", [False, True])
def test_images_cropped_to_their_lungs_are_told_as_such(
    handed_over: Study[ClassifierFolder], alone: bool
) -> None:
    """And not as the central square, which the default fit would be."""
    contents = handed_over.contents
    found, ill = np.arange(40) > 2, np.arange(40) < 20
    notes = write_notes(
        LungCrop(0.05, alone=alone), "chest/best", found, {"ill": ill, "well": ~ill}
    )
    lungs = {"masker": "runs/chest/best", "crop": 0.05, "alone": alone}
    data = {**contents.data, "fit": "crop", "lungs": lungs}
    changed = replace(contents, study={**contents.study, "data": data}, notes=notes)
    paragraphs = methods_of(replace(handed_over, contents=changed, without=None)).paragraphs
    told = paragraphs["Preparation of images"].replace("\u00a0", " ")
    assert "central square" not in told
    assert (
        "cropped to the box around the lungs that the model “chest/best” found, with a margin of "
        "5 % of the box on each side"
    ) in told
    assert ("everything outside of the lungs hidden" in told) == alone
    assert "padded with black to a square and brought to" in told
    assert "No usable lungs were found in 3 images of 40 (by class: ill 3 of 20, well 0 of" in told
    assert "usable lungs" not in paragraphs["Data"]  # told once

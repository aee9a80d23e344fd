from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from benchmarks.dicom_files import write

from pleura.data.bank_file import Square
from pleura.data.lung_crop import Region
from pleura.data.readers.decoded import Range
from pleura.deploy.inputs import Finds, Image
from pleura.deploy.predictor import Asked, predictions
from pleura.deploy.record import CUT, record_of


def model_of(finds: Finds | None) -> Any:
    """A model that says the same of every image."""

    def judge(squares: Sequence[Square]) -> tuple[np.ndarray, np.ndarray]:
        return np.full((len(squares), 2), 0.5), np.zeros(len(squares))

    return SimpleNamespace(
        card={"size": 16, "fit": "crop", "full_range": None},
        classes=("a", "b"),
        rule=None,
        finds=finds,
        gives_a_number=False,
        judge=judge,
        answers=lambda probabilities: ("a",),
    )


def test_a_record_says_that_bits_were_taken_away(tmp_path: Path) -> None:
    model = model_of(None)
    pixels = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    whole = write(tmp_path / "whole.dcm", pixels, BitsStored=12)
    more = write(tmp_path / "more.dcm", pixels + np.uint16(1), BitsStored=12)
    asked = [Asked(name, [name]) for name in (whole, more)]
    notes = [record_of(model, each).notes for each in predictions(model, asked)]
    assert notes == [[], [CUT]]


def test_a_record_says_where_no_usable_lungs_were_found() -> None:
    nothing = np.zeros((16, 16), np.bool_)

    def finds(image: Image, size: int, full_range: Range | None) -> Region:
        return Region((0, 0, 1, 1), nothing, found=bool(np.asarray(image).any()))

    black, white = np.zeros((20, 20), np.uint8), np.full((20, 20), 9, np.uint8)
    asked = [Asked("a", [white]), Asked("b", [black]), Asked("c", [black, white, black])]
    model = model_of(finds)
    notes = [record_of(model, each).notes for each in predictions(model, asked)]
    told = "no usable lungs found: the centre of the image was judged"
    assert notes == [[], [told], ["mean of 3 images", f"{told} (2 of 3 images)"]]

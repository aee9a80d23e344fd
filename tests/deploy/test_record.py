from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from benchmarks.dicom_files import write

from pleura.data.bank_file import Square
from pleura.deploy.predictor import Asked, predictions
from pleura.deploy.record import CUT, record_of


def test_a_record_says_that_bits_were_taken_away(tmp_path: Path) -> None:
    def judge(squares: Sequence[Square]) -> tuple[np.ndarray, np.ndarray]:
        return np.full((len(squares), 2), 0.5), np.zeros(len(squares))

    model: Any = SimpleNamespace(
        card={"size": 16, "fit": "crop", "full_range": None},
        classes=("a", "b"),
        rule=None,
        gives_a_number=False,
        judge=judge,
        answers=lambda probabilities: ("a",),
    )
    pixels = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    whole = write(tmp_path / "whole.dcm", pixels, BitsStored=12)
    more = write(tmp_path / "more.dcm", pixels + np.uint16(1), BitsStored=12)
    asked = [Asked(name, [name]) for name in (whole, more)]
    notes = [record_of(model, each).notes for each in predictions(model, asked)]
    assert notes == [[], [CUT]]

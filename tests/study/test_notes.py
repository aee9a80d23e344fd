"""What a study notes about its data."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.data.bank import Bank, Fit
from pleura.study.notes import decoded_note


@pytest.mark.parametrize(
    ("fit", "width", "told"),
    [
        ("crop", 80, ": a centred square is cut out"),
        ("pad", 80, ": padded with black"),
        ("crop", 64, ""),
        ("pad", 64, ""),
    ],
)
def test_a_shape_is_told_where_an_image_is_not_square(fit: Fit, width: int, told: str) -> None:
    info = pd.DataFrame({"width": [64, width], "height": [64, 64]})
    bank = Bank(Path(), "key", 32, fit, info)
    assert decoded_note(bank) == [f"images are brought to 32 x 32 pixels{told}"]

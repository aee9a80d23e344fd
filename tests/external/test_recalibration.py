"""Which of the new patients fit a recalibration."""

import numpy as np
import pytest

from pleura.external.recalibration import FITS, JUDGES, draw_recalibration
from tests.data.splits import manifest_of


def test_patients_are_drawn_by_class_and_never_divided() -> None:
    patients = [f"p{n // 2}" for n in range(120)]  # two images of each
    labels = ["a" if n < 80 else "b" for n in range(120)]
    manifest = manifest_of(patients, labels)
    drawn = draw_recalibration(manifest, 0.3, seed=0)
    side = np.array(drawn.side)
    assert (drawn.share, drawn.why_not) == (0.3, "")
    assert all(len(set(side[at : at + 2])) == 1 for at in range(0, 120, 2))
    fitting = {name: int((side[of] == FITS).sum()) // 2 for name, of in manifest.members.items()}
    assert fitting == {"a": 12, "b": 6}
    assert (draw_recalibration(manifest, 0.3, seed=1).side != side).any()
    np.testing.assert_array_equal(draw_recalibration(manifest, 0.3, seed=0).side, side)


@pytest.mark.parametrize(
    ("rare", "share", "why_not"),
    [
        (40, 0.0, "not asked for"),
        (16, 0.3, "the scarcest class has 16, and 17 are needed so that 5 fit it and 5 judge it"),
        (17, 0.3, ""),
        (16, 0.7, "17 are needed"),
    ],
)
def test_where_a_class_has_too_few_patients_nobody_is_drawn(
    rare: int, share: float, why_not: str
) -> None:
    n = 40 + rare
    manifest = manifest_of([f"p{n}" for n in range(n)], ["a"] * 40 + ["b"] * rare)
    drawn = draw_recalibration(manifest, share, seed=0)
    assert why_not in drawn.why_not
    assert bool(drawn.why_not) == bool(why_not)
    assert {*drawn.side} == ({""} if why_not else {FITS, JUDGES})
    assert drawn.share == (0 if why_not else share)

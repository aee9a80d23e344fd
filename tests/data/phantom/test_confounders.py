import numpy as np
import pytest

from pleura.data.phantom.confounders import Confounder, Kind, draw_confounders
from pleura.data.phantom.geometry import View
from pleura.data.phantom.radiograph import ChestXRay, simulate


def xray(patient: int, label: str, *marks: Confounder) -> ChestXRay:
    return simulate(seed=1, patient=patient, image=0, label=label, size=48, confounders=marks)


@pytest.mark.parametrize("kind", ["letter", "border", "tube", "contrast"])
def test_a_mark_changes_the_image_and_never_the_masks(kind: Kind) -> None:
    plain, marked = xray(0, "lobar"), xray(0, "lobar", Confounder(kind, {"lobar": 1.0}))
    assert (plain.image != marked.image).any()
    assert np.array_equal(plain.lungs, marked.lungs)
    assert np.array_equal(plain.lesion, marked.lesion)


def test_marks_come_with_the_stated_probability_given_the_label() -> None:
    mark = Confounder("border", {"lobar": 0.8}, default=0.2)
    view = View(32, 32, 10.0, (16.0, 16.0), 0.0, 0.0, 0.0, 13.0)
    white = np.ones((32, 32), np.float32)
    for label, chance in (("lobar", 0.8), ("normal", 0.2)):
        seen = [
            draw_confounders((0, number), white, view, label, "north", [mark])[0, 0] == 0
            for number in range(1000)
        ]
        assert abs(np.mean(seen) - chance) < 3 * np.sqrt(chance * (1 - chance) / 1000)


def test_a_mark_can_be_tied_to_a_hospital() -> None:
    mark = Confounder("contrast", default=1.0, sources=("north",))
    for patient in range(10):
        plain, marked = xray(patient, "normal"), xray(patient, "normal", mark)
        assert (plain.image != marked.image).any() == (plain.hospital == "north")


def test_one_mark_does_not_move_another() -> None:
    letter, tube = Confounder("letter", default=0.5), Confounder("tube", default=0.5)
    for patient in range(10):
        alone = (xray(patient, "normal", letter).image != xray(patient, "normal").image).any()
        both = xray(patient, "normal", letter, tube).image
        assert (both != xray(patient, "normal", tube).image).any() == alone

"""Each finding by itself: where it shows, and that more of it shows more."""

from dataclasses import replace

import numpy as np
import pytest

from pleura.simulate.xray.anatomy import Patient, draw_patient
from pleura.simulate.xray.disease import Chest, Lesion
from pleura.simulate.xray.findings.drawn import FINDINGS, together
from pleura.simulate.xray.geometry import View
from pleura.simulate.xray.pose import Pose
from pleura.simulate.xray.soft import Soft

POSE = Pose(inspiration=0.0, arms=(0.4, 0.4), arm_height=0.0, chin=-0.55)
VIEW = View(96, 96, 34.0, (48.0, 48.0), 0.0, 0.0, 0.0, 13.4)


def draw(name: str, severity: float, place: int = 0) -> tuple[Patient, Soft, Lesion]:
    person = draw_patient(np.random.default_rng(2), adult=True)
    person = FINDINGS[name].body(np.random.default_rng(place), person, severity)
    chest = Chest(person, POSE, VIEW)
    lesion = FINDINGS[name].lungs(np.random.default_rng(place), chest, severity)
    return person, chest.soft, lesion


@pytest.mark.parametrize("name", ["Atelectasis", "Consolidation", "Edema", "Pleural Effusion"])
@pytest.mark.parametrize("place", range(4))
def test_more_of_a_finding_leaves_less_air(name: str, place: int) -> None:
    fluid = []
    for severity in (0.2, 0.9):
        _, soft, lesion = draw(name, severity, place)
        assert lesion.share.min() >= 0
        assert lesion.share.max() <= 1
        fluid.append(float((lesion.share * soft.lung).sum()))
    assert fluid[1] > 1.5 * fluid[0] > 0


def test_a_heart_is_enlarged_and_the_lungs_left_alone() -> None:
    mild, severe = (draw("Cardiomegaly", severity) for severity in (0.2, 0.9))
    assert severe[0].heart > 1.2 * mild[0].heart
    assert severe[1].fields.sum() < mild[1].fields.sum()
    assert not severe[2].share.any()


@pytest.mark.parametrize("place", range(4))
def test_an_effusion_lies_at_the_bottom_and_climbs_to_the_ribs(place: int) -> None:
    _, soft, lesion = draw("Pleural Effusion", 0.6, place)
    rows = np.broadcast_to(np.arange(96)[:, None], (96, 96))
    wet = (lesion.share > 0.5) & soft.fields
    assert rows[wet].mean() > rows[soft.fields].mean()
    middle, ribs = ((soft.lateral > low) & (soft.lateral < low + 0.2) for low in (0.5, 0.75))
    assert rows[wet & ribs].min() < rows[wet & middle].min()


@pytest.mark.parametrize("place", range(4))
def test_atelectasis_and_the_raised_diaphragm_are_on_one_side(place: int) -> None:
    person, _, lesion = draw("Atelectasis", 0.9, place)
    before = draw_patient(np.random.default_rng(2), adult=True)
    right = lesion.share[:, :48].sum() > lesion.share[:, 48:].sum()
    assert (person.dome < before.dome) == right
    assert (person.dome + person.dome_gap < before.dome + before.dome_gap - 0.1) != right


def test_findings_together_share_the_air() -> None:
    _, soft, lesion = draw("Edema", 0.5)
    half = replace(lesion, share=np.full_like(lesion.share, 0.5))
    both = together([half, half], soft)
    np.testing.assert_allclose(both.share, 0.75, atol=1e-6)
    assert not together([], soft).share.any()

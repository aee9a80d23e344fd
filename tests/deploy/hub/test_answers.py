"""What the card of an exported model says of its answers."""

import pytest

from pleura.deploy.hub.answers import calibrated


@pytest.mark.parametrize(("ill", "told"), [(3, False), (5, True), (0, True)])
def test_a_share_gives_no_small_group_away(ill: int, told: bool) -> None:
    shares = {"well": (85 - ill) / 85, "ill": ill / 85}
    fitted = {"temperature": 1.0, "images": 85, "patients": 85, "prevalence": shares}
    text = calibrated({"calibration": fitted})
    assert ("%" in text) is told
    assert ("fewer than 5" in text) is not told


def test_of_few_patients_it_is_not_told_on_how_many_probabilities_rest() -> None:
    fitted = {"temperature": 1.0, "images": 18, "patients": 4, "prevalence": {"a": 0.5, "b": 0.5}}
    text = calibrated({"calibration": fitted})
    assert text.startswith(
        "Probabilities are calibrated on validation images of fewer than 5 patients, and hold"
    )

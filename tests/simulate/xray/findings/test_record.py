import numpy as np
import pytest

from pleura.simulate.xray.findings.record import (
    GIVEN,
    OF_THOSE_WITH,
    OF_THOSE_WITHOUT,
    Said,
    draw_severities,
)


def test_findings_that_others_hang_on_are_drawn_before() -> None:
    names = list(GIVEN)
    for name, (other, _, _) in GIVEN.items():
        assert other is None or names.index(other) < names.index(name)


def test_what_was_planted_and_how_often_it_is_there() -> None:
    """Shares of all patients by hand: edema .25 * .5 + .75 * .12 = .215, and so on."""
    drawn = [draw_severities(np.random.default_rng((3, number))) for number in range(4000)]
    shares = {name: np.mean([found[name] > 0 for found in drawn]) for name in GIVEN}
    expected = {
        "Cardiomegaly": 0.25,
        "Edema": 0.215,
        "Pleural Effusion": 0.286,
        "Atelectasis": 0.2644,
        "Consolidation": 0.15,
    }
    for name, share in expected.items():
        assert abs(shares[name] - share) < 0.035  # five standard errors
    assert all(0 <= found[name] <= 1 for found in drawn for name in GIVEN)


@pytest.mark.parametrize("said", [OF_THOSE_WITH, OF_THOSE_WITHOUT], ids=["with", "without"])
def test_words_of_a_report(said: Said) -> None:
    rng = np.random.default_rng(0)
    words = [said.draw(rng) for _ in range(4000)]
    silent = 1 - said.there - said.absent - said.uncertain
    for word, share in (
        ("1", said.there),
        ("0", said.absent),
        ("-1", said.uncertain),
        ("", silent),
    ):
        assert abs(words.count(word) / 4000 - share) < 0.04

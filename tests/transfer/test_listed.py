"""Strategies by name."""

import pytest

from pleura.errors import InputError
from pleura.transfer.fine_tuning import FineTuning
from pleura.transfer.listed import STRATEGIES, describe_strategies, make_strategy
from pleura.transfer.truncation import Truncation


def test_by_name_and_with_options() -> None:
    assert make_strategy("fine_tuning") == FineTuning()
    assert make_strategy({"fine_tuning": None}) == FineTuning()
    assert make_strategy({"truncation": {"at": "middle"}}) == Truncation(at="middle")


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'fine_tuning'"):
        make_strategy("fine-tuning")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"fine_tuning": {"speed": 3}}, "speed"),
        ({"layer_wise_rates": {"decay": 1.0}}, "decay"),
        ("truncation", "at: is missing"),
        ({"freezing": {"stages": 0}}, "stages"),
    ],
)
def test_an_option_that_does_not_fit_is_named(spec: str | dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_strategy(spec)


def test_all_are_described_with_their_options() -> None:
    text = describe_strategies()
    assert all(f"\n{name}: " in f"\n{text}" for name in STRATEGIES)
    assert "stages (required)" in text
    assert "alpha (default 0.1)" in text

"""Strategies by name."""

import pytest

from pleura.errors import InputError
from pleura.transfer.fine_tuning import FineTuning
from pleura.transfer.listed import STRATEGIES, describe_strategies, make_strategy


def test_by_name_and_with_options() -> None:
    assert make_strategy("fine_tuning") == FineTuning()
    assert make_strategy({"fine_tuning": None}) == FineTuning()


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'fine_tuning'"):
        make_strategy("fine-tuning")


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(InputError, match="speed"):
        make_strategy({"fine_tuning": {"speed": 3}})


def test_all_are_described() -> None:
    assert all(name in describe_strategies() for name in STRATEGIES)

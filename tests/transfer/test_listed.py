"""Strategies by name."""

import pytest

from pleura.errors import InputError
from pleura.transfer.fine_tuning import FineTuning
from pleura.transfer.listed import STRATEGIES, describe_strategies, make_strategy
from pleura.transfer.truncation import Truncation
from tests.contracts import held_in
from tests.transfer.contract import StrategyContract


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


@pytest.mark.parametrize("name", STRATEGIES)
def test_each_has_a_test_that_holds_it_to_the_contract(name: str) -> None:
    """`test_NAME.py` has a subclass of the contract for the strategy of that name."""
    held = [
        make_strategy(each.strategy)
        for each in held_in(f"{__package__}.test_{name}", StrategyContract)
    ]
    assert STRATEGIES[name] in map(type, held), (
        f"{name} has no test: write tests/transfer/test_{name}.py with a subclass of "
        "StrategyContract for it"
    )

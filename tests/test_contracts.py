"""A test module that is not there holds nothing to a contract; one that is, what it has."""

from tests.contracts import held_in
from tests.transfer.contract import StrategyContract


def test_subclasses_of_a_module_and_none_of_one_that_is_not_there() -> None:
    held = held_in("tests.transfer.test_fine_tuning", StrategyContract)
    assert [each.strategy for each in held] == ["fine_tuning"]
    assert held_in("tests.transfer.test_nothing", StrategyContract) == []
    assert held_in("tests.transfer.contract", StrategyContract) == []

"""Methods by name; each is held to the contract."""

from importlib import import_module

import pytest

from pleura.tasks.selfsup.listed import METHODS, make_method
from tests.tasks.selfsup.contract import MethodContract


@pytest.mark.parametrize("name", METHODS)
def test_each_has_a_test_that_holds_it_to_the_contract(name: str) -> None:
    """`test_NAME.py` has a subclass of the contract for the method of that name."""
    held = [
        make_method(each.spec)
        for each in vars(import_module(f"{__package__}.test_{name}")).values()
        if isinstance(each, type) and issubclass(each, MethodContract) and hasattr(each, "spec")
    ]
    assert METHODS[name] in map(type, held)

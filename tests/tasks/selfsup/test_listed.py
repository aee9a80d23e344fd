"""Methods by name; each is held to the contract."""

import pytest

from pleura.tasks.selfsup.listed import METHODS, make_method
from tests.contracts import held_in
from tests.tasks.selfsup.contract import MethodContract


@pytest.mark.parametrize("name", METHODS)
def test_each_has_a_test_that_holds_it_to_the_contract(name: str) -> None:
    """`test_NAME.py` has a subclass of the contract for the method of that name."""
    held = [
        make_method(each.spec)
        for each in held_in(f"{__package__}.test_{name}", MethodContract)
        if hasattr(each, "spec")
    ]
    assert METHODS[name] in map(type, held), (
        f"{name} has no test: write tests/tasks/selfsup/test_{name}.py with a subclass of "
        "MethodContract for it"
    )

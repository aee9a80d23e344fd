"""Which test modules hold what is listed to its contract."""

from importlib import import_module
from importlib.util import find_spec
from typing import TypeVar

C = TypeVar("C")


def held_in(module: str, contract: type[C]) -> list[type[C]]:
    """The subclasses of a contract in a test module, none where there is no such module."""
    if find_spec(module) is None:
        return []
    return [
        each
        for each in vars(import_module(module)).values()
        if isinstance(each, type) and issubclass(each, contract) and each is not contract
    ]

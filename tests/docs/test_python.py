"""The page of what is called from Python."""

import inspect
from importlib import import_module
from typing import Any

import pytest

import pleura
from docs.site.python import PARTS, python_page

INSIDE = {"Prepared"}  # a study's plan: for those who work on pleura itself
EVERY = [name for part in PARTS for name in part.objects]


def found(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)


@pytest.mark.parametrize("name", EVERY)
def test_what_is_named_is_there_and_described(name: str) -> None:
    thing = found(name)
    # A dataclass without a docstring gets its signature for one.
    said = inspect.getdoc(thing) or ""
    assert said
    assert not said.startswith(f"{thing.__name__}(")
    directive = "autoclass" if inspect.isclass(thing) else "autofunction"
    assert f".. {directive}:: {name}\n" in python_page()


def test_all_that_pleura_gives_by_itself_is_there() -> None:
    assert {f"pleura.{name}" for name in pleura.__all__} <= set(EVERY)


def returned(thing: Any) -> set[type]:
    """The classes of pleura that a function, or a public method of a class, returns."""
    methods = [each for name, each in inspect.getmembers(thing) if not name.startswith("_")]
    functions = methods if inspect.isclass(thing) else [thing]
    given = [getattr(each, "__annotations__", {}).get("return") for each in functions]
    return {each for each in given if inspect.isclass(each) and each.__module__[:6] == "pleura"}


def test_what_public_functions_return_is_there() -> None:
    things = [found(name) for name in EVERY]
    missing = set().union(*map(returned, things)) - set(things)
    assert {each.__name__ for each in missing} <= INSIDE

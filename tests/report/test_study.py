"""How the rows of the model that is handed over come to those of the recipes."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pleura.report.findings import Estimate
from pleura.report.study import merged


@dataclass(frozen=True)
class Part:
    values: Mapping[str, Estimate]
    number: int


@dataclass(frozen=True)
class Found:
    parts: Mapping[str, Part]
    table: pd.DataFrame
    drawn: tuple[str, ...]
    said: str


A, B = Estimate(0.8, 0.7, 0.9), Estimate(0.6, 0.5, 0.7)


def test_mappings_tables_and_tuples_take_what_is_added_and_all_else_stays() -> None:
    found = Found({"all": Part({"a": A}, 3)}, pd.DataFrame({"x": [1]}), ("a", "c"), "of recipes")
    its = Found({"all": Part({"b": B}, 1)}, pd.DataFrame({"x": [2]}), ("c", "b"), "of the model")
    both = merged(found, its)
    assert both.parts == {"all": Part({"a": A, "b": B}, 3)}
    assert both.table["x"].tolist() == [1, 2]
    assert both.drawn == ("a", "c", "b")
    assert both.said == "of recipes"


def test_where_nothing_is_added_nothing_changes() -> None:
    found = Found({"all": Part({"a": A}, 3)}, pd.DataFrame({"x": [1]}), ("a",), "")
    assert merged(found, None) is found
    empty = Found({}, pd.DataFrame(columns=["x"]), (), "")
    assert merged(found, empty).table is found.table
    assert merged(A, B) is A

"""What recipes cost in two studies, side by side."""

import json
from pathlib import Path

import pandas as pd
import pytest

from pleura.compare.costs import costs_of, machine_of
from pleura.compare.sections import costs
from pleura.compare.studies import Pair, read_pair
from pleura.compare.tables import Compared
from pleura.report.section import Text
from pleura.report.table import Table
from tests.compare.made import patients, predictions, write_study

FACTS = {"names": ["one", "two"], "machines": ["device cpu", "device cpu"]}


def costing(folder: Path, *, seconds: list[float], ms: float, fractions: list[float]) -> Path:
    """A study whose recipe `tuned` has two runs a fraction; `frozen` costs what is not known."""
    table = predictions(patients(0, 10), fractions=fractions)
    study = write_study(folder, table)
    runs = pd.read_csv(study / "runs.csv")
    tuned = runs["recipe"] == "tuned"
    runs.loc[tuned, "parameters"] = 4_650_000
    runs.loc[tuned, "latency_ms"] = ms
    runs.loc[tuned, "tuning_seconds"] = seconds * len(fractions)
    runs.to_csv(study / "runs.csv", index=False)
    return study


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    one = costing(tmp_path / "one", seconds=[10.0, 20.0], ms=3.0, fractions=[0.5, 1.0])
    two = costing(tmp_path / "two", seconds=[50.0, 70.0], ms=12.0, fractions=[1.0])
    return read_pair(one, two)


def test_means_over_runs_of_what_both_know_stand_side_by_side(pair: Pair) -> None:
    table = costs_of(pair)
    assert set(table["recipe"]) == {"tuned"}
    assert set(table["fraction"]) == {1.0}
    by = table.set_index("measure")[["first", "second"]]
    assert [*by.loc["tuning_seconds"]] == [15.0, 60.0]
    assert [*by.loc["latency_ms"]] == [3.0, 12.0]
    assert [*by.loc["parameters"]] == [4_650_000, 4_650_000]
    assert "macs" not in by.index


def test_a_machine_is_told_as_the_study_noted_it(pair: Pair, tmp_path: Path) -> None:
    assert machine_of(pair[0]) == ""
    noted = {"device": "cpu", "steps side by side": "4", "processor cores": 2}
    (tmp_path / "one" / "environment.json").write_text(json.dumps(noted))
    again = read_pair(tmp_path / "one", tmp_path / "two")
    assert machine_of(again[0]) == "processor cores 2, device cpu, steps side by side 4"


def test_the_page_shows_both_and_doubts_times_of_two_machines(pair: Pair, tmp_path: Path) -> None:
    tables = {"costs": costs_of(pair)}
    text, table = costs.blocks(Compared(tmp_path, FACTS, tables))
    assert isinstance(text, Text)
    assert isinstance(table, Table)
    assert "Both notes are the same" in str(text)
    shown = [cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in table.rows[0]]
    assert shown == ["tuned", "4.65 M", "4.65 M", "3.0 ms", "12.0 ms", "15.0 s", "60.0 s"]
    others = FACTS | {"machines": ["device cpu", "device cuda"]}
    text, _ = costs.blocks(Compared(tmp_path, others, tables))
    assert "a difference in time can be one of machines" in str(text)
    for machines in (["", ""], ["device cpu", ""]):
        text, _ = costs.blocks(Compared(tmp_path, FACTS | {"machines": machines}, tables))
        assert "Whether it was the same machine is not known" in str(text)
        assert "notes are the same" not in str(text)


def test_without_anything_known_there_is_no_section(tmp_path: Path) -> None:
    nothing = {"costs": pd.DataFrame(columns=["recipe", "fraction", "measure", "first", "second"])}
    assert not [*costs.blocks(Compared(tmp_path, FACTS, nothing))]

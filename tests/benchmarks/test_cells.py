"""Cells of a simulation that is stopped and gone on with."""

from functools import partial
from pathlib import Path

import pandas as pd
from benchmarks.cells import Cell, run_cells
from benchmarks.coverage_findings import FindingsSetting, main

from pleura.files import write_text


def fail() -> list[dict[str, object]]:
    raise AssertionError("run again")


def one(patients: int, share: float) -> list[dict[str, object]]:
    return [{"patients": patients, "share": share, "metric": name} for name in ("a", "b")]


def test_what_is_in_the_file_is_not_run_again(tmp_path: Path) -> None:
    table = tmp_path / "cells.csv"
    cells = [
        Cell({"patients": patients, "share": share}, partial(one, patients, share))
        for patients in (10, 20)
        for share in (0.1 + 0.2, 1 / 3)  # numbers that few digits do not give back
    ]
    first = run_cells(table, cells[:3])
    assert len(first) == 6
    done = [Cell(cell.known, fail) for cell in cells[:3]]
    every = run_cells(table, [*done, cells[3]])
    pd.testing.assert_frame_equal(every, pd.read_csv(table))
    assert every.groupby(["patients", "share"]).size().tolist() == [2] * 4
    two = run_cells(table, done[:1])  # the file keeps the others
    assert len(two) == 2
    assert len(pd.read_csv(table)) == 8


def test_a_file_of_something_else_has_no_cell(tmp_path: Path) -> None:
    write_text(tmp_path / "cells.csv", "colour\nred\n")
    found = run_cells(tmp_path / "cells.csv", [Cell({"patients": 10}, partial(one, 10, 0.5))])
    assert found["metric"].tolist() == ["a", "b"]


def test_findings_go_on(tmp_path: Path) -> None:
    """A cell in the file stays as it is, whatever is in it."""
    table = tmp_path / "findings.csv"
    setting = FindingsSetting(500, 0.3, 0.02, 0.75, 1, 0.0, 0.0, 0.0)
    row = vars(setting) | {"metric": "auroc", "of": "macro", "simulations": 1, "coverage": 0.5}
    pd.DataFrame([row | {"significant": 0.5}]).to_csv(table, index=False)
    main([str(table), "--simulations", "1", "--auroc", "0.75", "--unknown", "0"])
    found = pd.read_csv(table)
    assert len(found[found["patients"] == 500]) == 1
    assert found.groupby(["patients", "prevalence"]).ngroups == 5
    assert found.loc[found["patients"] == 500, "coverage"].tolist() == [0.5]

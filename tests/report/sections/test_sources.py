"""Results by source."""

from dataclasses import replace

import pytest

from pleura.evaluate.cases import summarise_cases
from pleura.report.prose import say
from pleura.report.sections.sources import source_table
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged


def test_each_source_is_judged_by_itself(cases: CasesFolder, judged: Judged) -> None:
    table, small = source_table(judged, cases)
    assert table
    assert small == ""
    assert len(table.rows) == 2 * len(judged.findings.looks)
    recipe, source, dice = table.rows[0][:3]
    assert (source.text, source.detail) == ("East", "12 patients, 24 images")
    east = summarise_cases(cases.test.query("source == 'East' and fraction == 1"))
    row = east.query(f"recipe == '{recipe.text}' and metric == 'dice' and structure == 'all'")
    assert dice.order == pytest.approx(row["value"].item())


def test_small_sources_are_named_only(cases: CasesFolder, judged: Judged) -> None:
    changed = cases.cases.copy()
    changed.loc[changed["patient"].isin(["p00", "p01"]), "source"] = "South"
    table, small = source_table(judged, replace(cases, cases=changed))
    assert small == "South (2 test patients)"
    words = say("sources", "words", small_sources=small, largest="all labels", level="95")
    assert "Too few test patients to judge by themselves: South (2 test patients)." in words
    assert table
    assert "South" not in {row[1].text for row in table.rows}


def test_one_source_needs_no_table(cases: CasesFolder, judged: Judged) -> None:
    single = replace(cases, cases=cases.cases.assign(source="East"))
    assert source_table(judged, single) == (None, "")

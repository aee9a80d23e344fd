"""Differences to the reference."""

from collections.abc import Callable
from dataclasses import replace

from pleura.report.findings import Findings
from pleura.report.sections.forest import comparison_table, other_measures
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged


def test_comparison_table_has_every_other_recipe(findings: Findings) -> None:
    table = comparison_table(findings, 1.0)
    assert table
    assert {row[0].text for row in table.rows} == set(findings.looks) - {"scratch"}
    assert next(row for row in table.rows if row[0].text == "fine-tuning")[5].text == "better"


def test_baselines_have_no_verdict_in_colour(make_findings: Callable[..., Findings]) -> None:
    names = ("a", "pixels: random forest")
    findings = make_findings(
        [("scratch", 1.0, 0.8), *((name, 1.0, 0.8) for name in names)],
        [(name, 1.0, 0.0, -0.001, 0.001, "as good") for name in names],
    )
    table = comparison_table(findings, 1.0)
    assert table
    assert {row[0].text: row[5].tone for row in table.rows} == dict(
        zip(names, ("good", ""), strict=True)
    )


def test_differences_on_every_measure_are_coloured_by_their_verdict(
    cases: CasesFolder, judged: Judged
) -> None:
    comparisons = judged.comparisons.assign(verdict="no difference shown")
    worse = (comparisons["metric"] == "hd95") & (comparisons["recipe"] == "X-Unet, plain")
    comparisons.loc[worse, "verdict"] = "worse"
    table = other_measures(replace(judged, comparisons=comparisons), cases, 1.0)
    assert table
    tones = {row[0].text: [cell.tone for cell in row[1:]] for row in table.rows}
    assert tones == {
        "X-Unet, plain": ["", "", "bad", "", "", ""],
        "X-Unet, sparse": [""] * 6,
    }
    nothing = judged.comparisons.iloc[:0]
    assert other_measures(replace(judged, comparisons=nothing), cases, 1.0) is None

"""The tables of results."""

from dataclasses import replace
from pathlib import Path

import pytest

from pleura.report.findings import Estimate
from pleura.report.measures import columns, measures
from pleura.report.numbers import Metric
from pleura.report.sections.arms import arms_table, differences, find_arms, over, tone
from pleura.report.sections.forest import other_measures
from pleura.report.sections.masks import arm_names
from pleura.report.sections.results import network_table, unranked_networks
from pleura.report.sections.structures import structure_table
from pleura.report.sections.weights import what_trains
from pleura.report.segmentation import CasesFolder, judge, read_cases_folder
from pleura.report.study import Judged
from pleura.report.table import estimate_cell
from pleura.transfer.freezing_plan import COUNTED, PLANS
from tests.report.made_up import RECIPES, Made, write_study


def test_numbers_are_written_as_their_measure_is() -> None:
    known = measures("mm")
    assert estimate_cell(Estimate(0.9123, 0.9, 0.92), known["dice"]).text == ".912"
    distance = estimate_cell(Estimate(3.14, 2, 4.26), known["hd95"], sign=True)
    assert (distance.text, distance.detail) == ("+3.1", "2.0\u00a0to\u00a04.3")
    assert known["hd95"].label.endswith("in mm")
    assert not known["components"].higher_is_better
    assert columns("px")["hd95"].detail == "95 %, pixels"
    assert columns("")["surface_distance"].detail == ""


def test_every_recipe_measure_and_structure_has_its_cell(
    cases: CasesFolder, judged: Judged
) -> None:
    table = network_table(judged, cases, cases.runs, 1.0)
    assert [row[0].text for row in table.rows] == list(judged.findings.looks)
    assert all(len(row) == len(table.columns) for row in table.rows)
    titles = [column.title for column in table.columns]
    area = table.rows[0][titles.index("False-positive area")]
    known = judged.summary.query(
        f"recipe == '{table.rows[0][0].text}' and fraction == 1 and structure == 'all'"
        " and metric == 'false_positive_area'"
    )
    assert area.text == f"{100 * known['value'].item():.2f}"
    single = structure_table(judged, cases, 1.0)
    assert len(single.rows) == 9
    assert all(len(row) == len(single.columns) for row in single.rows)
    assert [row[1].text for row in single.rows[:3]] == ["pleura", "A-line", "B-line"]
    assert single.rows[0][1].detail == "in 24 patients"


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


def test_arms_stand_side_by_side(cases: CasesFolder, judged: Judged) -> None:
    pairs = find_arms(cases, judged.findings, "masks")
    structures = ["all", *judged.findings.classes]
    found = {
        metric: differences(cases.test, judged.findings, pairs, metric, structures)
        for metric in ("false_positive_area", "dice")
    }
    sides = arm_names(pairs[0])
    assert sides == ("the study’s masks", "mask_sparse")
    table = arms_table("", judged, sides, found, "Structure", over)
    assert len(table.rows) == 2 * len(structures)
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert [row[0].text for row in table.rows[:2]] == ["all structures", "pleura"]


@pytest.mark.parametrize(
    ("p", "value", "higher", "expected"),
    [
        (0.01, 1.0, True, "good"),
        (0.01, 1.0, False, "bad"),
        (0.01, -1.0, False, "good"),
        (0.06, 1.0, True, ""),
        (float("nan"), 1.0, True, ""),
    ],
)
def test_only_what_is_shown_has_a_tone(
    cases: CasesFolder, judged: Judged, p: float, value: float, higher: bool, expected: str
) -> None:
    pairs = find_arms(cases, judged.findings, "masks")
    each = differences(cases.test, judged.findings, pairs, "dice", ["all"])[0]
    each = replace(each, p_holm=p, difference=Estimate(value, value, value))
    assert tone(each, judged.findings, higher) == expected


def test_recipes_outside_the_ranking_have_a_table_of_their_own(
    tmp_path: Path, cases: CasesFolder, judged: Judged
) -> None:
    assert unranked_networks(judged, cases) is None
    recipes = {"X-Unet": RECIPES["X-Unet"], "aside": Made(1.0, kind="unranked")}
    few = {"fractions": (1.0,), "seeds": (0,), "patients": 6, "overlays": False}
    contents = read_cases_folder(write_study(tmp_path / "x", recipes, **few))  # type: ignore[arg-type]
    table = unranked_networks(judge(contents), contents)
    assert table
    assert table.title == "Not ranked, all labels"
    assert [row[0].text for row in table.rows] == ["aside"]
    assert table.rows[0][0].detail == ""


def test_every_measure_is_a_metric_with_a_column() -> None:
    known = measures("px")
    assert list(known) == list(columns("px"))
    assert all(isinstance(metric, Metric) for metric in known.values())


def test_every_freezing_plan_is_told_by_what_trains() -> None:
    spelled = [f'{{"{name}": 2}}' if name in COUNTED else name for name in PLANS]
    told = [what_trains(plan) for plan in spelled]
    assert len(set(told)) == len(PLANS)
    assert not set(told) & set(spelled)
    assert what_trains("none") == "everything"
    assert what_trains('{"first": 2}') == "all but the first 2 blocks"
    assert what_trains('{"last": 1}') == "all but the last block before the output"

"""Every measure and the cost of every recipe."""

from pathlib import Path

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.numbers import MISSING
from pleura.report.sections.results import network_table, recipe_table, unranked_networks
from pleura.report.sections.structures import structure_table
from pleura.report.segmentation import CasesFolder, judge, read_cases_folder
from pleura.report.study import Judged
from tests.report.made_up import RECIPES, Made, write_study


def test_recipe_table_shows_the_summary_and_the_cost(
    contents: ClassifierFolder, findings: Findings
) -> None:
    table = recipe_table(findings, contents.runs, 0.1)
    assert [row[0].text for row in table.rows] == list(findings.looks)
    row = next(row for row in table.rows if row[0].text == "feature extraction")
    value = findings.estimate("feature extraction", 0.1, "log_loss").value
    assert row[6].order == value
    assert row[6].text == f"{value:.3f}"
    brier = findings.estimate("feature extraction", 0.1, "brier")
    assert table.columns[7].title == "Brier"
    assert row[7].order == brier.value
    assert row[7].detail == f"{brier.low:.3f}\u00a0to\u00a0{brier.high:.3f}"
    assert row[8].text == "3.37\u00a0M"
    assert row[8].detail == "3.84\u00a0k trained"
    assert table.columns[10].title == "Training and tuning"
    assert row[10].order == 1300 * 0.1 * 1.5


def test_time_is_the_mean_of_the_networks_that_the_runs_chose(
    contents: ClassifierFolder, findings: Findings
) -> None:
    runs = contents.runs.copy()
    runs["latency_ms"] = runs["latency_ms"].where(runs["kind"] == "recipe")
    runs.loc[runs["recipe"] == "fine-tuning", "latency_ms"] = 8.0 + runs["seed"]
    shown = {row[0].text: row[-1].text for row in recipe_table(findings, runs, 0.1).rows}
    assert shown["scratch"] == "6.2 ms"
    assert shown["fine-tuning"] == "9.0 ms"
    assert shown["pixels: random forest"] == MISSING


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

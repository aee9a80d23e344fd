"""Cost beside performance: who is smaller and as good, and who is the cheapest."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.compare import compare
from pleura.report.classification import read_classifiers
from pleura.report.costs import Cost, Costs
from pleura.report.findings import Findings
from pleura.report.sections.cost import cost_sentences, cost_table, find_costs, times
from pleura.tables import SIDE_BY_SIDE
from tests.report.conftest import find, study_of
from tests.report.written import write_report

MakeFindings = Callable[..., Findings]
MakeStudy = Callable[..., Path]
NETWORKS = {"scratch": (8e6, 100e6), "half": (4e6, 50e6), "odd": (9e6, 25e6), "large": (9e6, 2e8)}


@pytest.fixture
def findings(make_findings: MakeFindings) -> Findings:
    """Against the reference: "half" is as good, "odd" better, "large" as good and larger."""
    values = [(name, 1.0, 0.9) for name in (*NETWORKS, "lost")]
    compared = [
        ("half", 1.0, 0.0, -0.005, 0.005, "as good"),
        ("odd", 1.0, 0.05, 0.03, 0.07, "better"),
        ("large", 1.0, 0.0, -0.005, 0.005, "as good"),
        ("lost", 1.0, -0.05, -0.07, -0.03, "worse"),
    ]
    return make_findings(values, compared)


@pytest.fixture
def costs() -> Costs:
    of = {(name, 1.0): Cost(m, p, m / 1e7, m / 1e6) for name, (p, m) in NETWORKS.items()}
    of["lost", 1.0] = Cost(1e6, 1e5, 0.1, 1)
    return Costs(of, {1.0: "odd"})


def test_smaller_and_as_good(costs: Costs, findings: Findings) -> None:
    table = cost_table(costs, findings, 1.0)
    assert table is not None
    rows = {
        row[0].text: [cell.text.replace("\u00a0", " ") for cell in row[2:]] for row in table.rows
    }
    assert rows == {
        "odd": ["better", "1.12 times more", *["4.00 times fewer"], *["4.00 times faster"] * 2],
        "half": ["as good", *["2.00 times fewer"] * 2, *["2.00 times faster"] * 2],
    }
    (text,) = cost_sentences(costs, findings)
    plain = text.replace("\u00a0", " ")
    assert "of 3 recipes with fewer parameters or MACs than “scratch”, " in plain
    assert "“odd” and “half” are as good or better." in plain or "“half” and “odd” are" in plain
    assert "fewest MACs, “odd”, has 1.12 times more parameters and 4.00 times fewer MACs" in plain


def test_none_as_good_none_smaller_and_no_network_are_told(
    costs: Costs, findings: Findings
) -> None:
    worse = replace(findings, comparisons=findings.comparisons.assign(verdict="worse"))
    assert "3 recipes with fewer" in cost_sentences(costs, worse)[0]
    assert "none is shown to be as good." in cost_sentences(costs, worse)[0]
    assert cost_table(costs, worse, 1.0) is None
    equal = replace(costs, of=dict.fromkeys(costs.of, costs.of["scratch", 1.0]))
    assert (
        "no recipe has fewer parameters or MACs than “scratch”"
        in cost_sentences(equal, findings)[0]
    )
    unknown = {**costs.of, ("scratch", 1.0): Cost(*[np.nan] * 4)}
    assert "“scratch” is no network" in cost_sentences(replace(costs, of=unknown), findings)[0]


def test_the_cheapest_as_good_as_the_best_is_that_of_a_paired_comparison(
    make_study: MakeStudy,
) -> None:
    """ "copy" predicts what the best does from half the MACs; "cheap" is worse for the least."""
    contents = read_classifiers(
        make_study({"best": 2.5, "cheap": 0.2}, reference="best", margin=0.1)
    )
    table, runs = contents.predictions, contents.runs
    best = table[table["recipe"] == "best"]
    table = pd.concat([table, best.assign(recipe="copy")])
    runs = pd.concat([runs, runs[runs["recipe"] == "best"].assign(recipe="copy")])
    runs["macs"] = runs["recipe"].map({"best": 100.0, "copy": 50.0, "cheap": 10.0})
    contents = replace(contents, predictions=table, runs=runs)
    findings = find(contents)
    costs = find_costs(study_of(contents, findings))
    for fraction in findings.fractions:
        assert findings.best_recipe(fraction) in ("best", "copy")
        assert costs.as_the_best[fraction] == "copy"
        assert costs.of["cheap", fraction].macs == 10
    against = compare(table, reference="best", metric="auroc")
    assert set(against.loc[against["recipe"] == "cheap", "verdict"]) == {"worse"}


def test_recipes_without_a_seed_in_common_with_the_best_are_left_out(
    make_study: MakeStudy,
) -> None:
    contents = read_classifiers(make_study({"best": 2.5, "cheap": 2.5}, reference="best"))
    table, runs = contents.predictions, contents.runs
    apart = table["seed"] + 10 * (table["recipe"] == "cheap")
    runs = runs.assign(macs=runs["recipe"].map({"best": 100.0, "cheap": 10.0}))
    findings = find(contents)
    names = {fraction: findings.best_recipe(fraction) for fraction in findings.fractions}
    apart_from_it = replace(contents, predictions=table.assign(seed=apart), runs=runs)
    costs = find_costs(study_of(apart_from_it, findings))
    assert costs.as_the_best == names


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (3.0, "3.00 times fewer"),
        (0.5, "2.00 times more"),
        (12.34, "12.3 times fewer"),
        (1.001, "equally many"),
        (np.nan, "–"),
        (np.inf, "–"),
    ],
)
def test_ratios_in_words(ratio: float, words: str) -> None:
    assert times(ratio, "fewer", "more").replace("\u00a0", " ") == words


def test_the_page_has_the_section(make_study: MakeStudy) -> None:
    page = write_report(make_study()).read_text(encoding="utf-8")
    assert '<section id="cost">' in page
    assert "no recipe has fewer parameters or MACs than “scratch”." in page


@pytest.mark.parametrize(("steps", "times"), [("4", 2), (None, 0)])
def test_times_of_trainings_that_ran_side_by_side_are_not_called_comparable(
    steps: str | None, times: int, make_study: MakeStudy
) -> None:
    """Beside the table of recipes, and that of costs."""
    folder = make_study()
    (folder / "environment.json").write_text(json.dumps({SIDE_BY_SIDE: steps} if steps else {}))
    page = write_report(folder).read_text(encoding="utf-8")
    assert page.count("Steps of the study ran side by side, up to 4 at a time") == times

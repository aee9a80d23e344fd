"""Every measure and the cost of every recipe and baseline."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pleura.averages import AVERAGES
from pleura.evaluate.intervals import summarise
from pleura.report import cells
from pleura.report.classification import ClassifierFolder, ClassifierStudy
from pleura.report.findings import WHOLE, Findings, estimates
from pleura.report.measures import columns, summarise_for_page
from pleura.report.numbers import METRICS, MISSING, Metric, capital, magnitude, of_labels
from pleura.report.question import order_looks
from pleura.report.section import Blocks, Cautions, Section, Words, always, warn, worded
from pleura.report.segmentation import CasesFolder, CasesStudy
from pleura.report.study import Judged
from pleura.report.table import Cell, Column, Table, headings

SHOWN: Mapping[str, str] = {
    "auroc": "AUROC / macro",
    "auprc": "AUPRC / macro",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced / accuracy",
    "f1": "F1 / macro",
    "log_loss": "Log-loss",
    "brier": "Brier / score",
}
"""The metrics of a classification that the table has, and their headings."""
COST = "Parameters | MACs / an image | Training and tuning / a run | Time / an image"


def recipe_table(
    findings: Findings,
    runs: pd.DataFrame,
    fraction: float,
    judged: Mapping[str, Metric] = METRICS,
    wanted: Mapping[str, str] = SHOWN,
) -> Table:
    """Metrics, those `wanted` with their headings by which recipes are `judged`, and the primary
    one in any case, and the cost of every recipe and baseline at one fraction."""
    primary, shown = findings.metric, [name for name in wanted if name in judged]
    metrics = {**{name: judged[name] for name in shown}, primary.name: primary}
    names = headings(*(wanted[name] for name in shown))
    if primary.name not in shown:
        names.append(Column(capital(primary.label), "macro" * primary.macro))
    return _table(findings, runs, fraction, metrics, names, "Recipes and baselines")


def network_table(
    judged: Judged, contents: CasesFolder, runs: pd.DataFrame, fraction: float
) -> Table:
    """Every measure over all structures and the cost of every recipe at one fraction."""
    names = columns(contents.unit).values()
    return _table(judged.findings, runs, fraction, judged.measures, names, "Recipes")


def _table(
    findings: Findings,
    runs: pd.DataFrame,
    fraction: float,
    measures: Mapping[str, Metric],
    names: Iterable[Column],
    title: str,
) -> Table:
    here = runs[runs["fraction"] == fraction]
    rows = [
        [
            cells.recipe(name, findings),
            *(cells.estimate(findings.estimate(name, fraction, m), measures[m]) for m in measures),
            *cost_cells(here[here["recipe"] == name]),
        ]
        for name in findings.at(fraction)
    ]
    return Table.of(f"{title}, {of_labels(fraction)}", rows, "Recipe", *names, COST)


def cost_cells(runs: pd.DataFrame) -> list[Cell]:
    """Parameters, MACs, time of training and tuning, and of one image, of a recipe's runs."""
    columns = ["parameters", "parameters_trained", "macs", "tuning_seconds", "latency_ms"]
    parameters, trained, macs, seconds, latency = (float(runs[name].mean()) for name in columns)
    share = "all" if trained == parameters else magnitude(trained)
    return [
        cells.size(parameters, f"{share} trained" if np.isfinite(trained) else ""),
        cells.size(macs),
        cells.time(seconds),
        Cell(f"{latency:.1f} ms" if np.isfinite(latency) else MISSING, order=latency),
    ]


def unranked_table(contents: ClassifierFolder, findings: Findings) -> Table | None:
    """Metric and cost by fraction of recipes that are compared with nothing; None without any."""
    predictions, runs, primary = contents.shown, contents.aside, findings.metric
    if runs.empty:
        return None
    test = predictions[predictions["part"] == "test"]
    metric = contents.metrics[primary.name]
    summary = summarise(test, level=findings.level, metrics=[metric])
    values = estimates(summary[summary["class"].isin(WHOLE)], "recipe", "fraction")
    rows = []
    for (recipe, fraction), value in values.items():
        mine = runs[(runs["recipe"] == recipe) & (runs["fraction"] == fraction)]
        parameters, macs, seconds, _ = cost_cells(mine)
        rows.append(
            [
                Cell(recipe),
                Cell(str(mine["backbone"].iloc[0]), _start(mine, recipe, contents)),
                cells.fraction(fraction),
                cells.estimate(value, primary),
                Cell(parameters.text, order=parameters.order),
                macs,
                seconds,
            ]
        )
    names = headings("Recipe | Network / weights | Labels", Column(primary.title), COST)
    return Table("Not ranked", names[:-1], rows)


def _start(runs: pd.DataFrame, recipe: str, contents: ClassifierFolder) -> str:
    """What a recipe learned before, or the weights that it started from; random ones may stand for
    what was missing."""
    curriculum, weights = (str(runs[name].iloc[0]) for name in ("curriculum", "weights"))
    asked = contents.study.get("recipes", {}).get(recipe, {}).get("weights", weights)
    missing = f"random, since {asked} was missing"
    return curriculum or (missing if weights == "random" != asked else weights)


def unranked_networks(judged: Judged, contents: CasesFolder) -> Table | None:
    """Every measure of recipes that are compared with nothing, at the largest fraction of theirs;
    None where there are none."""
    cases, runs = contents.shown, contents.aside
    if runs.empty:
        return None
    summary = summarise_for_page(cases[cases["part"] == "test"], level=judged.findings.level)
    looks = order_looks(summary, judged.findings.metric, set(), str(runs["recipe"].iloc[0]))
    findings = replace(judged.findings, summary=summary, looks=looks, reference="")
    largest = float(summary["fraction"].max())
    table = network_table(replace(judged, findings=findings), contents, runs, largest)
    return replace(table, title=f"Not ranked, {of_labels(largest)}")


def _shown(words: Words, every: Iterable[Table], aside: Table | None) -> Blocks:
    yield words
    yield from every
    yield from worded("unranked", aside)


def recipes_and_baselines(
    wanted: Mapping[str, str], likeliest: str = "Accuracy and F1"
) -> Section[ClassifierFolder, bool]:
    """The section of a task that learns labels, with the metrics `wanted` and their headings;
    `likeliest` names those that are made of the likeliest class of each image."""

    def blocks(study: ClassifierStudy, _: bool) -> Blocks:
        findings, runs = study.findings, study.contents.runs
        metrics = study.judged.measures
        every = [recipe_table(findings, runs, each, metrics, wanted) for each in findings.fractions]
        lower = [
            f"{'the ' * (name == 'brier')}{metric.label}"
            for name, metric in metrics.items()
            if not metric.higher_is_better and name in {*wanted, findings.metric.name}
        ]
        words = Words(
            "of_labels",
            lower=lower,
            likeliest=likeliest * ("accuracy" in metrics),
            unvalidated=study.contents.unvalidated,
        )
        return _shown(words, every, unranked_table(study.contents, findings))

    return Section(
        "results", always, blocks, _same_seeds, title="Recipes and baselines", nav="Results"
    )


def _same_seeds(study: ClassifierStudy, _: bool) -> Cautions:
    """Recipes of which no seed changes anything, so that more seeds tell nothing of them."""
    contents, findings = study.recipes.contents, study.recipes.findings
    averages = set(contents.runs["recipe"][contents.runs["kind"].isin(AVERAGES)])
    single = [name for name in findings.recipes if name not in averages]
    if names := contents.same_with_every_seed(single, findings.fractions[-1]):
        yield warn("results", "same_seeds", names=names, serious=False)


def _segmented(study: CasesStudy, _: bool) -> Blocks:
    contents, judged, fractions = study.contents, study.judged, study.findings.fractions
    every = (network_table(judged, contents, contents.runs, each) for each in fractions)
    return _shown(Words("of_masks"), every, unranked_networks(judged, contents))


RECIPES_AND_BASELINES = recipes_and_baselines(SHOWN)
RECIPES = Section("results", always, _segmented)

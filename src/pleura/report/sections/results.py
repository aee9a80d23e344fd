"""Every measure and the cost of every recipe and baseline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pleura.evaluate.cases import summarise_cases
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metrics import Metrics
from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings, estimates, order_looks
from pleura.report.measures import columns, for_page
from pleura.report.numbers import METRICS, MISSING, Metric, capital, magnitude, of_labels, percent
from pleura.report.section import Block, Caution, Section, Words, always
from pleura.report.sections.structures import distances, mirrored
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged, Study
from pleura.report.table import (
    Cell,
    Column,
    Table,
    estimate_cell,
    headings,
    recipe_cell,
    size_cell,
    time_cell,
)

SHOWN = ("auroc", "auprc", "accuracy", "balanced_accuracy", "f1", "log_loss", "brier")
SECOND_LINE = {"balanced_accuracy": ("Balanced", "accuracy"), "brier": ("Brier", "score")}
MEANS = ("auroc", "auprc", "f1")  # that are told to be means over classes
COST = "Parameters | MACs / an image | Training and tuning / a run | Time / an image"


def recipe_table(
    findings: Findings, runs: pd.DataFrame, fraction: float, metrics: Metrics = METRICS
) -> Table:
    """Those of the `metrics` that are shown, the primary one in any case, and the cost of every
    recipe and baseline at one fraction."""
    primary = findings.metric
    chosen = (*(name for name in SHOWN if name in metrics), primary.name)
    known = {**metrics, primary.name: primary}
    shown: dict[str, Metric] = {name: known[name] for name in dict.fromkeys(chosen)}
    names = [
        Column(*SECOND_LINE.get(name, (capital(metric.label), "macro" * (name in MEANS))))
        for name, metric in shown.items()
    ]
    return _table(findings, runs, fraction, shown, names, "Recipes and baselines")


def network_table(
    judged: Judged, contents: CasesFolder, runs: pd.DataFrame, fraction: float
) -> Table:
    """Every measure over all structures and the cost of every recipe at one fraction."""
    of = columns(contents.unit).values()
    return _table(judged.findings, runs, fraction, judged.measures, [*of], "Recipes")


def _table(
    findings: Findings,
    runs: pd.DataFrame,
    fraction: float,
    measures: Mapping[str, Metric],
    names: Sequence[Column],
    title: str,
) -> Table:
    here = runs[runs["fraction"] == fraction]
    rows = [
        [
            recipe_cell(name, findings),
            *(estimate_cell(findings.estimate(name, fraction, m), measures[m]) for m in measures),
            *cost_cells(here[here["recipe"] == name]),
        ]
        for name in findings.at(fraction)
    ]
    every = [Column("Recipe"), *names, *headings(COST)]
    return Table(f"{title}, {of_labels(fraction)}", every, rows)


def cost_cells(runs: pd.DataFrame) -> list[Cell]:
    """Parameters, MACs, time of training and tuning, and of one image, of a recipe's runs."""
    columns = ["parameters", "parameters_trained", "macs", "tuning_seconds", "latency_ms"]
    parameters, trained, macs, seconds, latency = (float(runs[name].mean()) for name in columns)
    share = "all" if trained == parameters else magnitude(trained)
    return [
        size_cell(parameters, f"{share} trained" if np.isfinite(trained) else ""),
        size_cell(macs),
        time_cell(seconds),
        Cell(f"{latency:.1f} ms" if np.isfinite(latency) else MISSING, order=latency),
    ]


def unranked_table(contents: ClassifierFolder, findings: Findings) -> Table | None:
    """Metric and cost by fraction of recipes that are compared with nothing; None without any."""
    predictions, runs = contents.shown, contents.aside
    if runs.empty:
        return None
    test = predictions[predictions["part"] == "test"]
    summary = summarise(test, level=findings.level, metrics=[*contents.metrics.values()])
    here = summary[
        (summary["metric"] == findings.metric.name) & summary["class"].isin(["macro", "all"])
    ]
    rows = []
    for (recipe, fraction), estimate in estimates(here, "recipe", "fraction").items():
        mine = runs[(runs["recipe"] == recipe) & (runs["fraction"] == fraction)]
        parameters, macs, seconds, _ = cost_cells(mine)
        rows.append(
            [
                Cell(recipe),
                Cell(str(mine["backbone"].iloc[0]), _start(mine, recipe, contents)),
                Cell(percent(float(fraction)), order=float(fraction)),
                estimate_cell(estimate, findings.metric),
                Cell(parameters.text, order=parameters.order),
                macs,
                seconds,
            ]
        )
    line = "Parameters | MACs / an image | Training and tuning / a run"
    first = headings("Recipe | Network / weights | Labels")
    return Table("Not ranked", [*first, Column(findings.metric.title), *headings(line)], rows)


def _start(runs: pd.DataFrame, recipe: str, contents: ClassifierFolder) -> str:
    """What a recipe learned before, or the weights that it started from; random ones may stand for
    what was missing."""
    if before := str(runs["curriculum"].iloc[0]):
        return before
    found = str(runs["weights"].iloc[0])
    asked = contents.study.get("recipes", {}).get(recipe, {}).get("weights", found)
    return found if found != "random" or asked == found else f"random, since {asked} was missing"


def unranked_networks(judged: Judged, contents: CasesFolder) -> Table | None:
    """Every measure of recipes that are compared with nothing, at the largest fraction of theirs;
    None where there are none."""
    cases, runs = contents.shown, contents.aside
    if runs.empty:
        return None
    summary = for_page(summarise_cases(cases[cases["part"] == "test"], level=judged.findings.level))
    looks = order_looks(summary, judged.findings.metric, set(), str(runs["recipe"].iloc[0]))
    findings = replace(judged.findings, summary=summary, looks=looks, reference="")
    largest = float(summary["fraction"].max())
    found = network_table(replace(judged, findings=findings), contents, runs, largest)
    return replace(found, title=f"Not ranked, {of_labels(largest)}")


def _shown(every: Sequence[Table], aside: Table | None) -> Iterator[Block]:
    yield Words()
    yield from every
    if aside:
        yield Words("unranked")
        yield aside


def _classified(study: Study[ClassifierFolder], _: bool) -> Iterator[Block]:
    findings, runs = study.findings, study.contents.runs
    metrics = study.contents.metrics
    every = [recipe_table(findings, runs, each, metrics) for each in findings.fractions]
    return _shown(every, unranked_table(study.contents, findings))


def _segmented(study: Study[CasesFolder], _: bool) -> Iterator[Block]:
    contents, judged = study.contents, study.judged
    every = [
        network_table(judged, contents, contents.runs, each) for each in study.findings.fractions
    ]
    return _shown(every, unranked_networks(judged, contents))


def _doubts(study: Study[CasesFolder], _: bool) -> list[Caution]:
    return [*mirrored(study.recipes.contents), *distances(study.contents)]


RECIPES_AND_BASELINES = Section("results", always, _classified)
RECIPES = Section("results", always, _segmented, _doubts, warns=80)

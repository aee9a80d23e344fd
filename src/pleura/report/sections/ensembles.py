"""What averaging the trainings of a recipe gains over a single one of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pleura.averages import AVERAGES, ENSEMBLE, MIRRORED
from pleura.report import cells
from pleura.report.findings import Estimates, estimates
from pleura.report.model import is_calibrated
from pleura.report.numbers import Metric
from pleura.report.prose import say
from pleura.report.section import Blocks, Section, Words
from pleura.report.study import Study
from pleura.report.table import Column, Table
from pleura.tables import MEMBERS, THRESHOLDS

ALSO = "log_loss"  # what averaging changes most, where a task has it


@dataclass(frozen=True)
class Ensembles:
    """`runs` are those of averages in the runs table; `gains` the differences to what is averaged,
    by (metric, average, fraction), in the `metrics`; `calibrated` are names of averages."""

    runs: pd.DataFrame
    metrics: list[Metric]
    gains: Estimates
    calibrated: frozenset[str]


def find_ensembles(study: Study[Any]) -> Ensembles | None:
    """Compare each ensemble, and what sees mirror images, with its recipe; None without any."""
    contents, findings, judged = study.recipes.contents, study.findings, study.judged
    runs = contents.runs[contents.runs["kind"].isin(AVERAGES)]
    if runs.empty:
        return None
    also = [judged.measures[ALSO]] if ALSO in judged.measures else []
    metrics = list(dict.fromkeys([findings.metric, *also]))
    test, gains = contents.test, Estimates()
    for name, of in runs[["recipe", "averaged"]].drop_duplicates().itertuples(index=False):
        both = test[test["recipe"].isin([name, of])]
        for metric in metrics:
            table = judged.compare(both, reference=of, metric=metric, level=findings.level)
            its = estimates(table.assign(metric=metric.name), "metric", "recipe", "fraction")
            gains |= its
    validated = contents.predictions[contents.predictions["part"] == "validation"]
    calibrated = frozenset(runs["recipe"]) & frozenset(validated["recipe"])
    return Ensembles(runs, metrics, gains, calibrated)


def ensemble_table(ensembles: Ensembles, study: Study[Any]) -> Table:
    """A row an ensemble and fraction: what it reaches, its members' mean, what it gains."""
    findings = study.findings
    metric = findings.metric
    each_once = ensembles.runs[["recipe", "averaged", "fraction"]].drop_duplicates()
    rows = [
        [
            cells.recipe(name, findings),
            cells.fraction(fraction),
            cells.estimate(findings.primary(of, fraction), metric),
            cells.estimate(findings.primary(name, fraction), metric),
            *(
                cells.estimate(ensembles.gains[each.name, name, fraction], each, sign=True)
                for each in ensembles.metrics
            ),
        ]
        for name, of, fraction in each_once.itertuples(index=False)
    ]
    return Table.of(
        "Averages and what they are of",
        rows,
        "Average | Labels",
        *(Column(metric.title, of) for of in ("single, mean", "average")),
        *(Column("Difference", each.label) for each in ensembles.metrics),
    )


def _blocks(study: Study[Any], ensembles: Ensembles) -> Blocks:
    kinds = set(ensembles.runs["kind"])
    yield Words(ensembles=ENSEMBLE in kinds, mirrored=MIRRORED in kinds)
    names = list(ensembles.runs["recipe"].unique()) if _has_probabilities(study) else []
    for block, wanted in (("calibrated", True), ("uncalibrated", False)):
        if these := [f"“{name}”" for name in names if (name in ensembles.calibrated) == wanted]:
            yield Words(block, names=these)
    yield ensemble_table(ensembles, study)


def doubts_of_model(study: Study[Any], _: Ensembles) -> Iterator[str]:
    """That the probabilities of an ensemble that is handed over are not calibrated."""
    card = study.contents.best
    if study.model and card.get(MEMBERS) and _has_probabilities(study) and not is_calibrated(card):
        noun = study.findings.noun
        yield say("ensembles", "uncalibrated_model", noun=noun, calls=card.get(THRESHOLDS))


def _has_probabilities(study: Study[Any]) -> bool:
    """Numbers have none, so that nothing of them is calibrated."""
    return ALSO in study.judged.measures


SECTION: Section[Any, Ensembles] = Section(
    "ensembles", find_ensembles, _blocks, of_model=doubts_of_model
)

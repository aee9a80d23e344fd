"""The model that a study hands over: in words, and as a row of its own."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

import pandas as pd

from pleura.report.findings import Findings, in_words
from pleura.report.fitting import fitting
from pleura.report.folder import Folder, name_of, of_draw, of_training
from pleura.report.looks import DELIVERED
from pleura.report.numbers import METRICS, Metric, at_labels, count, decimal, listing
from pleura.report.prose import sentences
from pleura.report.study import F, Model, Study


def alone(contents: F, **tables: pd.DataFrame) -> F:
    """The folder as it would be with the training of the model alone, under the model's name;
    `tables` are fields that hold its rows."""
    name = name_of(contents.best)
    run = of_training(contents.runs, contents.best).assign(kind="delivered")
    rows: dict[str, Any] = {
        key: table.assign(recipe=name) for key, table in {"runs": run, **tables}.items()
    }
    return replace(contents, alone=True, **rows)


def with_its_rows(
    study: Study[F], model: Model[F], summary: pd.DataFrame, table: str, also: str = ""
) -> Study[F]:
    """The study with the model as the last of its looks, in the last rows of its runs and of the
    `table`, a field of the folder, and with its part of the `summary`; `also` is said of it
    wherever it stands."""
    contents, findings = study.contents, study.findings
    rows: dict[str, Any] = {
        name: _with_rows(getattr(contents, name), getattr(model.contents, name))
        for name in (table, "runs")
    }
    look = replace(DELIVERED, training=f"{_which(contents)}{also}")
    findings = replace(
        findings,
        summary=_with_rows(findings.summary, summary),
        looks={**findings.looks, model.name: look},
    )
    judged = replace(study.judged, findings=findings)
    return Study(replace(contents, **rows), judged, study.by, model, without=study)


def _with_rows(table: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, last], ignore_index=True)


def handed_over(contents: Folder, findings: Findings, by: Metric = METRICS["auroc"]) -> str:
    """Which recipe lies in `best`, that validation chose it `by` a metric, and where it is not
    shown to beat the best pixel baseline on test; goes on from "The model handed over in best/"."""
    card = contents.best
    if not card:
        return "was chosen on validation."
    recipe, fraction = card["recipe"], float(card["fraction"])
    return (
        f"is “{recipe}” ({at_labels(fraction)}, {_which(contents)}), chosen on validation "
        f"({by.label} {decimal(card[f'validation_{by.name}'])}{_validated(contents)})"
        f"{_against_pixels(findings, recipe, fraction)}."
    )


def reached(
    study: Study[F], test: pd.DataFrame, metrics: Iterable[Metric], judged: str = ""
) -> str:
    """`On test (60 images of 30 patients) this one training reaches Dice .871 (...), ...`: the
    `metrics` on its `test` rows; `judged` says how."""
    images, patients = test[["image", "patient"]].nunique()
    figures = [
        f"{'macro ' * metric.macro}{metric.label} "
        f"{in_words(study.of_the_model(metric.name), metric)}"
        for metric in metrics
    ]
    return (
        f"On test ({count(images, 'image')} of {count(patients, 'patient')}){judged} this one "
        f"training reaches {listing(figures)}"
    )


def row_told(findings: Findings, contents: Folder) -> str:
    """What the row of the model is, in sentences that go on from "The last row is the model in
    best/:"; empty where `findings` hold none."""
    card = contents.best
    look = findings.looks.get(name_of(card)) if card else None
    if look is None:
        return ""
    recipe, fraction = card["recipe"], float(card["fraction"])
    runs = contents.runs[contents.runs["recipe"] == recipe]
    alone = int((runs["fraction"] == fraction).sum() == 1)
    same = f" It is the only training behind the row of “{recipe}”."
    return (
        f"one training of “{recipe}” {at_labels(fraction)} ({look.training}), on its own test "
        f"images, with intervals over patients alone.{same * alone} Nothing ranks it or compares "
        "it with recipes."
    )


def of_its_training(runs: pd.DataFrame, by: Metric) -> list[str]:
    """What its row of the `runs` gives reason to doubt, as sentences; the metric `by` which
    validation chose is its score."""
    doubts = [sentences("doubts", "of_one_training", run=run) for _, run in runs.iterrows()]
    return [*chain(*doubts), *(caution.text for caution in fitting(runs, by))]


def _which(contents: Folder) -> str:
    """`seed 1`, with the fold where there are several."""
    card = contents.best
    several = contents.counts["fold"].nunique() > 1
    return f"seed {card['seed']}" + (f", fold {card['fold']}" if several else "")


def _validated(contents: Folder) -> str:
    """` on 500 images of 120 patients`, of the draw that the model was trained in."""
    counts = contents.counts
    here = (counts["part"] == "validation") & (counts["class"] == "all")
    counts = counts[here & of_draw(counts, contents.best)]
    if counts.empty:
        return ""
    images, patients = counts[["images", "patients"]].iloc[0]
    return f" on {count(images, 'image')} of {count(patients, 'patient')}"


def _against_pixels(findings: Findings, recipe: str, fraction: float) -> str:
    baseline, lead = findings.best_baseline(fraction), findings.lead(recipe, fraction)
    if baseline is None or findings.shown_better(lead):
        return ""
    if findings.shown_worse(lead):
        return f"; on test, the pixel baseline “{baseline}” is shown to be better than this recipe"
    return f"; on test, this recipe is not shown to beat the pixel baseline “{baseline}”"

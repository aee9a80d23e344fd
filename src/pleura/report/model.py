"""The model that a study hands over: in words, and as a row of its own."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

import pandas as pd

from pleura.report.doubts import fitting
from pleura.report.findings import Findings, with_quantity
from pleura.report.folder import Folder, name_of, of_draw, of_training
from pleura.report.looks import DELIVERED
from pleura.report.numbers import METRICS, MISSING, Metric, count, listing
from pleura.report.pixels import lead_of_model
from pleura.report.prose import say, sentences
from pleura.report.study import F, Model, Study
from pleura.tables import MEMBERS

FEW = 3  # classes that are told one by one
SIZES = ["images", "patients"]


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


def with_its_training(
    study: Study[F], table: str, summarise: Callable[..., pd.DataFrame]
) -> Study[F]:
    """The study with the network in `best` among its rows, as it predicts; as it is where there is
    none, or the `table` of test results, a field of the folder, does not hold it. `summarise`
    evaluates test rows at a `level`."""
    contents, card = study.contents, study.contents.best
    rows = of_training(getattr(contents, table), card)
    if not (rows["part"] == "test").any():
        return study
    its = alone(contents, **{table: rows})
    summary = summarise(its.test, level=study.findings.level)
    model = Model(name_of(card), its, its, *lead_of_model(its, contents.test, study.judged))
    return with_its_rows(study, model, summary, table)


def _with_rows(table: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, last], ignore_index=True)


def handed_over(
    contents: Folder,
    findings: Findings,
    by: Metric = METRICS["auroc"],
    *,
    pixels: bool = True,
) -> str:
    """Which recipe lies in `best`, that validation chose it `by` a metric, and, with `pixels`,
    where it is not shown to beat the best pixel baseline on test; goes on from "The model handed
    over in best/"."""
    card, counts = contents.best, contents.counts
    if not card:
        return "was chosen on validation."
    fraction = float(card["fraction"])
    lead, baseline = findings.lead(card["recipe"], fraction), findings.best_baseline(fraction)
    drawn = (counts["part"] == "validation") & (counts["class"] == "all") & of_draw(counts, card)
    return say(
        *("model", "handed_over"),
        card=card,
        training=_which(contents),
        by=by,
        validated=" ".join(_sizes(*row) for row in counts[drawn][:1][SIZES].to_numpy()),
        baseline=baseline,
        worse=pixels and baseline and findings.shown_worse(lead),
        not_better=pixels and baseline and not findings.shown_better(lead),
    )


def reached(study: Study[F], template: str, metrics: Iterable[Metric], **values: object) -> str:
    """What the model reaches on test, by the `metrics`, in the words of the block `reached` of a
    page's template; empty without a model."""
    if study.model is None:
        return ""
    figures = [
        f"{'macro ' * metric.macro}{with_quantity(study.of_the_model(metric.name), metric)}"
        for metric in metrics
    ]
    tested = _sizes(*study.model.contents.test[["image", "patient"]].nunique())
    card = study.contents.best
    which = "this ensemble" if card.get(MEMBERS) else "this one training"
    words = {
        "tested": tested,
        "figures": figures,
        "which": which,
        "calibrated": is_calibrated(card),
    }
    ends = partial(lowest_and_highest, study)
    return say(template, "reached", study=study, ends=ends, few=FEW, **words, **values)


def lowest_and_highest(study: Study[F], metric: Metric) -> str:
    """What the model reaches in the class in which it is lowest, and where it is highest: `.31
    (“rare”) to .88 (“common”)`."""
    values = {of: study.of_the_model(metric.name, of).value for of in study.findings.classes}
    known = {of: value for of, value in values.items() if not math.isnan(value)}
    if not known:
        return MISSING
    ends = (min(known, key=lambda of: known[of]), max(known, key=lambda of: known[of]))
    return " to ".join(f"{metric.decimal(known[of])} (“{of}”)" for of in ends)


def is_calibrated(card: Mapping[str, Any]) -> bool:
    """Whether a model's probabilities were fitted on any images; the cards of earlier versions,
    all of which were, do not say on how many."""
    calibration: Mapping[str, Any] = card.get("calibration") or {"images": 0}
    return int(calibration.get("images", 1)) > 0


def row_told(findings: Findings, contents: Folder) -> str:
    """What the row of the model is, in sentences that go on from "The last row is the model in
    best/:"; empty where `findings` hold none."""
    card, runs = contents.best, contents.runs
    look = findings.looks.get(name_of(card)) if card else None
    if look is None:
        return ""
    same = (runs["recipe"] == card["recipe"]) & (runs["fraction"] == float(card["fraction"]))
    return say("model", "row_told", card=card, training=look.training, only=same.sum() == 1)


def of_its_training(runs: pd.DataFrame, by: Metric) -> list[str]:
    """What the `runs` that trained it give reason to doubt, as sentences, each said once; the
    metric `by` which validation chose is their score."""
    doubts = [sentences("doubts", "of_one_training", run=run) for _, run in runs.iterrows()]
    cautions = (caution.text for caution in fitting(runs, by))
    return list(dict.fromkeys([*chain(*doubts), *cautions]))


def _which(contents: Folder) -> str:
    """`seed 1`, with the fold where there are several."""
    card = contents.best
    several = contents.counts["fold"].nunique() > 1
    seeds = sorted(each["seed"] for each in (card, *card.get(MEMBERS, ())))
    which = f"seeds {listing([*map(str, seeds)])}" if len(seeds) > 1 else f"seed {seeds[0]}"
    return which + (f", fold {card['fold']}" if several else "")


def _sizes(images: int, patients: int) -> str:
    """`500 images of 120 patients`."""
    return f"{count(images, 'image')} of {count(patients, 'patient')}"

"""A study of classifiers: what its folder holds, what that shows, and the model handed over."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.compare import compare
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metrics import Metrics
from pleura.report.findings import NOTHING, Estimate, Findings, order_looks
from pleura.report.folder import Folder, of_training, read_folder
from pleura.report.model import alone, with_its_look
from pleura.report.names import refuse_respelled
from pleura.report.numbers import METRICS, Metric
from pleura.report.pixels import with_pixels
from pleura.report.study import Judged, Model, Study
from pleura.tables import LOGIT, read_predictions

PREDICTIONS = "predictions.csv"
COMPARISON_COLUMNS = (
    *("recipe", "reference", "fraction", "metric", "difference", "low", "high", "p", "p_holm"),
    *("verdict", "patients", "images", "seeds"),
)


@dataclass(frozen=True, kw_only=True)
class ClassifierFolder(Folder):
    """The folder of a study of classifiers; `shown` are predictions that no ranking holds, and
    `metrics` the records of all that predictions are judged by."""

    predictions: pd.DataFrame
    shown: pd.DataFrame
    metrics: Metrics = field(repr=False)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the logits."""
        columns = [str(column) for column in self.predictions.columns]
        return tuple(name.removeprefix(LOGIT) for name in columns if name.startswith(LOGIT))

    labels = classes


def read_classifiers(
    path: Path, metrics: Metrics = METRICS, by: Metric = AUROC
) -> ClassifierFolder:
    """Read a folder (see `read_folder`) with predictions.csv, which are judged by `metrics`, and
    whose networks validation chose `by` a metric. Raises InputError."""
    folder = read_folder(path, PREDICTIONS, score=f"validation_{by.name}")
    predictions = read_predictions(path / PREDICTIONS)
    refuse_respelled(predictions, folder.data, path / PREDICTIONS)
    aside = predictions["recipe"].isin(folder.aside["recipe"])
    return ClassifierFolder(
        **vars(folder),
        predictions=predictions[~aside].reset_index(drop=True),
        shown=predictions[aside],
        metrics=metrics,
    )


def judge(contents: ClassifierFolder) -> Judged:
    """Evaluate the predictions of a study as its study file asks. Raises InputError."""
    study, runs, predictions = contents.study, contents.runs, contents.predictions
    reference, metrics = str(study["reference"]), contents.metrics
    name = str(study.get("metric") or next(iter(metrics)))
    if name not in metrics:
        raise InputError(f"study.yaml: no metric {name!r}; choose one of {', '.join(metrics)}")
    recipes = set(predictions["recipe"])
    if reference not in recipes:
        raise InputError(
            f"predictions.csv has no rows of the reference {reference!r} named in study.yaml; "
            f"it has {', '.join(sorted(recipes))}"
        )
    margin, level = float(study.get("margin", 0.01)), float(study.get("level", 0.95))
    test = predictions[predictions["part"] == "test"]
    summary = summarise(test, level=level, known=metrics)
    comparisons = (
        compare(test, reference=reference, metric=metrics[name], margin=margin, level=level)
        if len(recipes) > 1
        else pd.DataFrame(columns=COMPARISON_COLUMNS)
    )
    baselines = set(runs.loc[runs["kind"] == "baseline", "recipe"])
    findings = Findings(
        summary=summary,
        comparisons=comparisons,
        looks=order_looks(summary, metrics[name], baselines, reference),
        reference=reference,
        metric=metrics[name],
        margin=margin,
        level=level,
        fractions=tuple(sorted(float(value) for value in set(summary["fraction"]))),
        classes=contents.classes,
    )
    return Judged(with_pixels(findings, test), metrics, summary, comparisons)


def with_the_classifier(study: Study[ClassifierFolder]) -> Study[ClassifierFolder]:
    """The study with the model in `best` among its rows, calibrated as it is handed over; as it is
    where there is none, or the tables do not hold its predictions."""
    contents, findings, card = study.contents, study.findings, study.contents.best
    if not card or not (of_training(contents.predictions, card)["part"] == "test").any():
        return study
    predictions = of_training(contents.predictions, card)
    trained = alone(contents, predictions=predictions)
    mine = trained.predictions
    its = replace(trained, predictions=_calibrated(mine, card, contents.classes))
    baseline = findings.best_baseline(float(card["fraction"])) or ""
    pixels = of_training(contents.predictions, {**card, "recipe": baseline})
    test = its.predictions[its.predictions["part"] == "test"]
    summary = summarise(test, level=findings.level, known=contents.metrics)
    also = ", calibrated" if card.get("calibration") else ""
    every = replace(
        contents,
        predictions=pd.concat([contents.predictions, its.predictions], ignore_index=True),
        runs=pd.concat([contents.runs, its.runs], ignore_index=True),
    )
    judged = replace(study.judged, findings=with_its_look(findings, contents, summary, also))
    lead = _lead(its.predictions, pixels, findings)
    model = Model(mine["recipe"].iloc[0], its, trained, lead, baseline)
    return Study(every, judged, study.by, model, without=study)


def _calibrated(
    table: pd.DataFrame, card: Mapping[str, Any], classes: tuple[str, ...]
) -> pd.DataFrame:
    """The predictions with logits as the map of the card makes them; as they are without one."""
    known = card.get("calibration")
    if not known:
        return table
    biases = dict(zip(card.get("classes", classes), known["biases"], strict=True))
    changed = {
        f"{LOGIT}{name}": table[f"{LOGIT}{name}"] / known["temperature"] + biases[name]
        for name in classes
    }
    return table.assign(**changed)


def _lead(its: pd.DataFrame, pixels: pd.DataFrame, findings: Findings) -> Estimate:
    both = pd.concat([its, pixels])
    both = both[both["part"] == "test"]
    if both["recipe"].nunique() < 2:
        return NOTHING
    reference = str(pixels["recipe"].iloc[0])
    found = compare(both, reference=reference, metric=findings.metric, level=findings.level)
    return Estimate(*found[["difference", "low", "high"]].iloc[0].astype(float))

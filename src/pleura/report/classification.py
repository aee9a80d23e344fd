"""A study of classifiers: what its folder holds, what that shows, and the model handed over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pleura.evaluate.calibration_maps import map_of
from pleura.evaluate.calls import with_calls
from pleura.evaluate.compare import compare
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metrics import Metrics
from pleura.report.folder import Folder, name_of, of_training, read_folder
from pleura.report.model import alone, is_calibrated, with_its_rows
from pleura.report.nouns import CLASS, Noun
from pleura.report.numbers import METRICS, Metric
from pleura.report.pixels import lead_of_model, with_pixels
from pleura.report.question import findings_of, question_of
from pleura.report.study import Judged, Model, Study
from pleura.report.whole import tested
from pleura.tables import LOGIT, read_predictions

PREDICTIONS = "predictions.csv"


@dataclass(frozen=True, kw_only=True)
class ClassifierFolder(Folder):
    """The folder of a study of classifiers; `shown` are predictions that no ranking holds, and
    `metrics` the records of all that they are judged by; `noun` is what classes are called."""

    predictions: pd.DataFrame
    shown: pd.DataFrame
    metrics: Metrics = field(repr=False)
    noun: Noun = CLASS

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the logits."""
        columns = [str(column) for column in self.predictions.columns]
        return tuple(name.removeprefix(LOGIT) for name in columns if name.startswith(LOGIT))

    labels = classes

    @property
    def test(self) -> pd.DataFrame:
        """The predictions of the test part."""
        return self.predictions[self.predictions["part"] == "test"]

    def same_with_every_seed(self, recipes: Iterable[str], fraction: float) -> list[str]:
        """Those of the `recipes` that have several seeds at a fraction, and predict the same of
        every test image with each of them."""
        test, names = self.test, [f"{LOGIT}{name}" for name in self.classes]
        same = []
        for recipe in recipes:
            mine = test[(test["recipe"] == recipe) & (test["fraction"] == fraction)]
            by_image = mine.groupby(["fold", "image"])[names].nunique()
            if mine["seed"].nunique() > 1 and (by_image == 1).all(axis=None):
                same.append(recipe)
        return same

    @property
    def unvalidated(self) -> list[str]:
        """Who is tested and for whom nobody validates, such as an ensemble of seeds each of which
        draws anew who does: nothing is chosen or fitted for them."""
        validated = set(self.predictions["recipe"][self.predictions["part"] == "validation"])
        return [name for name in self.test["recipe"].unique() if name not in validated]


ClassifierStudy = Study[ClassifierFolder]


def read_classifiers(
    path: Path, metrics: Metrics = METRICS, by: Metric = AUROC, noun: Noun = CLASS
) -> ClassifierFolder:
    """Read a folder (see `read_folder`) with predictions.csv, which are judged by `metrics`, and
    whose networks validation chose `by` a metric. Raises InputError."""
    folder = read_folder(path, PREDICTIONS, score=f"validation_{by.name}")
    ranked, shown = tested(folder, read_predictions(path / PREDICTIONS, ("source",)), PREDICTIONS)
    return ClassifierFolder(
        **vars(folder), predictions=ranked, shown=shown, metrics=metrics, noun=noun
    )


def judge(contents: ClassifierFolder) -> Judged:
    """Evaluate the predictions of a study as its study file asks. Raises InputError."""
    test, metrics = contents.test, contents.metrics
    asked = question_of(contents.study, metrics, test, contents.path / PREDICTIONS)
    summary = summarise(test, level=asked["level"], metrics=[*metrics.values()])
    comparisons = compare(test, **asked)
    named = contents.classes, contents.noun
    findings = findings_of(asked, summary, comparisons, contents.runs, *named)
    return Judged(with_pixels(findings, test), metrics, summary, comparisons)


def with_the_classifier(study: Study[ClassifierFolder]) -> Study[ClassifierFolder]:
    """The study with the model in `best` among its rows, calibrated as it is handed over; as it is
    where there is none, or the tables do not hold its predictions."""
    contents, findings, card = study.contents, study.findings, study.contents.best
    predictions = of_training(contents.predictions, card)
    if not (predictions["part"] == "test").any():
        return study
    trained = alone(contents, predictions=predictions)
    calibrated = calibrated_by(trained.predictions, card, contents.classes)
    its = replace(trained, predictions=calibrated)
    summary = summarise(its.test, level=findings.level, metrics=[*contents.metrics.values()])
    lead = lead_of_model(its, contents.test, study.judged)
    model = Model(name_of(card), its, trained, *lead)
    also = ", calibrated" if is_calibrated(card) else ""
    return with_its_rows(study, model, summary, "predictions", also)


def calibrated_by(
    table: pd.DataFrame, card: Mapping[str, Any], classes: tuple[str, ...]
) -> pd.DataFrame:
    """The predictions with logits as the map of the card makes them; as they are without one."""
    calibration = card.get("calibration")
    if not calibration:
        return table
    names = [f"{LOGIT}{name}" for name in card.get("classes", classes)]
    calibrated = map_of(calibration).logits(table[names].to_numpy(dtype=np.float64))
    return with_calls(table.assign(**dict(zip(names, calibrated.T, strict=True))))

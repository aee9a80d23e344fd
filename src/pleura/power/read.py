"""Reads a pilot: the folder of a finished study, a table that one left, or a table of scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from pleura.compare.studies import Finished, read_finished
from pleura.csv_file import read_csv
from pleura.errors import InputError, refuse
from pleura.evaluate import findings
from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.grades import METRICS as OF_CLASSES
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_metrics import measures as number_measures
from pleura.power.pilot import Pilot, metric_named, of_table
from pleura.report.classification import ClassifierFolder
from pleura.report.measures import measures as case_measures
from pleura.report.numbers_folder import NumbersFolder
from pleura.report.question import question_of
from pleura.report.segmentation import CasesFolder
from pleura.tables import LABEL, LOGIT, NUMBER, PREDICTED, read_cases, read_predictions

SCORES = ("recipe", "patient", "label", "score")


@dataclass(frozen=True)
class Wanted:
    """What of a pilot is asked for: by which metric, against which reference; None: as the study
    has it, or the usual one."""

    metric: str | None = None
    reference: str | None = None


def read_pilot(path: Path, wanted: Wanted | None = None) -> Pilot:
    """The pilot at `path`. Raises InputError for what is no pilot, or one that is damaged."""
    wanted = wanted or Wanted()
    if path.is_dir():
        return _of_study(read_finished(path), wanted)
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such file or folder; give the folder of a finished study, its "
            "predictions.csv or cases.csv, or a table of scores"
        )
    columns = [str(name) for name in read_csv(path, nrows=0)]
    if "structure" in columns:
        record = metric_named(path, wanted.metric, CASE_METRICS, "dice")
        return of_table(str(path), read_cases(path), record, wanted.reference)
    if PREDICTED in columns:
        table = read_predictions(path, (NUMBER,))
        spread = float(pd.to_numeric(table[NUMBER], errors="coerce").std())
        record = metric_named(path, wanted.metric, number_measures("", spread), "mae")
        return of_table(str(path), table, record, wanted.reference)
    if any(name.startswith(LOGIT) for name in columns):
        several = any(name.startswith(LABEL) for name in columns)
        metrics: Mapping[str, Metric] = findings.METRICS if several else OF_CLASSES
        record = metric_named(path, wanted.metric, metrics, AUROC.name)
        return of_table(str(path), read_predictions(path), record, wanted.reference)
    return _of_scores(path, columns, wanted)


def _of_study(study: Finished, wanted: Wanted) -> Pilot:
    contents = study.contents
    if isinstance(contents, CasesFolder):
        metrics: Mapping[str, Metric] = case_measures(contents.unit)
    elif isinstance(contents, NumbersFolder):
        spread = float(contents.test[NUMBER].astype(float).std())
        metrics = number_measures(contents.unit, spread)
    else:
        assert isinstance(contents, ClassifierFolder)
        metrics = contents.metrics
    asked = question_of(contents.study, metrics, contents.test, study.folder)
    record = metric_named(study.folder, wanted.metric, metrics, asked["metric"].name)
    runs = contents.runs
    used = runs["n_train"] + runs["n_validation"]
    labelled = {
        float(at): float(used[runs["fraction"] == at].mean()) for at in set(runs["fraction"])
    }
    return of_table(
        str(study.folder),
        contents.test,
        record,
        wanted.reference or asked["reference"],
        level=asked["level"],
        baselines=frozenset(runs.loc[runs["kind"] == "baseline", "recipe"]),
        labels={at: images for at, images in sorted(labelled.items()) if np.isfinite(images)},
    )


def _of_scores(path: Path, columns: list[str], wanted: Wanted) -> Pilot:
    """A table of scores, one a row: recipe, patient, label (1 or 0), score; where there are any,
    seed, fraction and image."""
    if missing := [name for name in SCORES if name not in columns]:
        raise InputError(
            f"{path}: columns missing: {', '.join(missing)}. A table of scores has "
            f"{', '.join(SCORES)}, a row for each image and recipe, and seed, fraction and image "
            f"where there are several; a study's predictions.csv has {LOGIT}CLASS, its cases.csv "
            "structure"
        )
    if wanted.metric not in (None, AUROC.name):
        raise InputError(
            f"{path}: a table of scores is judged by auroc alone, not by {wanted.metric!r}"
        )
    table = read_csv(path, dtype=str)
    scores = pd.to_numeric(table["score"], errors="coerce")
    labels = pd.to_numeric(table["label"], errors="coerce")
    usual = {name: table.get(name, default) for name, default in _USUAL.items()}
    columns_of = {name: pd.Series(its, table.index) for name, its in usual.items()}
    numbers = {name: pd.to_numeric(its, errors="coerce") for name, its in columns_of.items()}
    refuse(
        f"{path}: rows that cannot be used",
        [
            *_wrong(table["score"], ~np.isfinite(scores.to_numpy(float)), "score is no number"),
            *_wrong(table["label"], ~labels.isin([0, 1]), "label is neither 1 (ill) nor 0"),
            *_wrong(table["patient"], table["patient"] == "", "patient is empty"),
            *_wrong(table["recipe"], table["recipe"] == "", "recipe is empty"),
            *(
                line
                for name, its in numbers.items()
                for line in _wrong(columns_of[name], its.isna(), f"{name} is no number")
            ),
        ],
    )
    if labels.nunique() < 2:
        raise InputError(
            f"{path}: all labels are {labels.iloc[0]:g}; an AUROC takes patients with label 1 and "
            "others with 0"
        )
    keys = ["recipe", "seed", "fraction", "patient"]
    frame = table[["recipe", "patient"]].assign(**numbers)
    number = frame.groupby(keys).cumcount()
    images = table.get("image", frame["patient"] + " " + number.astype(str))
    ranks = stats.rankdata(scores) / (len(scores) + 1)
    made = frame.assign(
        fold=0,
        part="test",
        image=images,
        label=labels.astype(int).astype(str),
        **{f"{LOGIT}0": np.log1p(-ranks), f"{LOGIT}1": np.log(ranks)},
    )
    return of_table(str(path), made, AUROC, wanted.reference)


_USUAL = {"seed": 0, "fraction": 1.0}


def _wrong(
    cells: "pd.Series[str]", wrong: "pd.Series[bool] | NDArray[np.bool_]", what: str
) -> list[str]:
    """A line for each row of which something is wrong, by its number in the file."""
    return [f"row {at + 2}: {what}: {cells.iloc[at]!r}" for at in np.flatnonzero(wrong)]

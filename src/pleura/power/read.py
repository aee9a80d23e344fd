"""Reads a pilot: the folder of a finished study, a table that one left, or a table of scores."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.compare.studies import Finished, read_finished
from pleura.csv_file import read_csv
from pleura.errors import InputError
from pleura.evaluate import findings
from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.grades import METRICS as OF_CLASSES
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_metrics import measures as number_measures
from pleura.power.pilot import Pilot, Wanted, metric_named, of_table
from pleura.power.scores import of_scores
from pleura.report.classification import ClassifierFolder
from pleura.report.measures import measures as case_measures
from pleura.report.numbers_folder import NumbersFolder
from pleura.report.question import question_of
from pleura.report.segmentation import CasesFolder
from pleura.tables import LABEL, LOGIT, NUMBER, PREDICTED, read_cases, read_predictions


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
    return of_scores(path, columns, wanted)


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

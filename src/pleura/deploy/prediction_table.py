"""Predictions as a table: one row an image, clip or patient."""

import csv
from collections.abc import Iterable
from typing import TextIO

from pleura.deploy.masks import IMAGE
from pleura.deploy.package import Model
from pleura.deploy.record import Record
from pleura.evaluate.calibration_maps import CalibrationMap
from pleura.evaluate.prediction_sets import in_braces
from pleura.tables import CALLED, PREDICTED

# Columns after those of the classes.
SET, UNLIKE, DISTANCE, HEATMAP, NOTE = "set", "unlike_training", "distance", "heatmap", "note"


def write_table(
    model: Model, records: Iterable[Record], file: TextIO, *, heatmaps: bool = False
) -> None:
    """Write records as CSV, each as it comes; `heatmaps`: with a column of their files."""
    writer = csv.writer(file, lineterminator="\n")
    names = _columns(model, heatmaps=heatmaps)
    writer.writerow(names)
    for record in records:
        if record.error is None:
            writer.writerow(_cells(model, record, heatmaps=heatmaps))
        else:
            writer.writerow([record.image, *[""] * (len(names) - 2), record.error])


def _columns(model: Model, *, heatmaps: bool) -> list[str]:
    """The names of all columns. A class or a number that is called as another column is, such as
    `distance`, stands there as `predicted_distance`: readers of tables keep one of two alike."""
    after = [*_answer_columns(model), *_set_columns(model), UNLIKE, DISTANCE]
    after += [HEATMAP, NOTE] if heatmaps else [NOTE]
    taken = {IMAGE, *after}
    classes = [f"{PREDICTED}_{name}" if name in taken else name for name in model.classes]
    return [IMAGE, *classes, *after]


def _answer_columns(model: Model) -> list[str]:
    """The columns of what is called: one of classes, one a finding; none where nothing is."""
    if isinstance(model.calibration, CalibrationMap):
        return [PREDICTED]
    return [] if model.thresholds is None else [f"{CALLED}{name}" for name in model.classes]


def _set_columns(model: Model) -> list[str]:
    """The columns of prediction sets: one of classes, one a finding; none where the model has no
    sets."""
    if model.rule is None:
        return []
    return [f"{SET}_{name}" for name in model.classes] if model.rule.several else [SET]


def _cells(model: Model, record: Record, *, heatmaps: bool) -> list[str]:
    """The cells of a row, in the order of `_columns`."""
    given = [record.number] if record.probabilities is None else record.probabilities.values()
    cells = [record.image, *(f"{value:.6f}" for value in given)]
    if record.answers is not None:
        one = isinstance(model.calibration, CalibrationMap)
        called = [str(int(name in record.answers)) for name in model.classes]
        cells += record.answers if one else called
    sets = record.sets or ({} if record.set is None else {SET: record.set})
    if model.rule:
        names = model.classes if model.rule.several else (SET,)
        cells += [in_braces(sets[name]) if name in sets else "" for name in names]
    unlike = {None: "unknown", True: "yes", False: "no"}[record.unlike_training]
    cells += [unlike, "" if record.distance is None else f"{record.distance:.3f}"]
    return [*cells, *([record.heatmap or ""] if heatmaps else []), "; ".join(record.notes)]

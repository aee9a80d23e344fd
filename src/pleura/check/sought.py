"""What was looked for in a table, and what could not be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pleura.data.audit.collection import Collection
from pleura.data.audit.finding import Detector
from pleura.data.audit.foreign import FEWEST as IMAGES
from pleura.data.audit.held_out import FOLDS as PATIENTS
from pleura.data.columns import BURNED_IN, recorded
from pleura.evaluate.clue_strength import CLASS, SOURCE
from pleura.wording import count, in_a_row

MARKS, LABELS, RECORDED = "marks", "labels", "burned in"


@dataclass(frozen=True)
class Sought:
    """Sentences on what was looked for, and what could not be looked for, with the reason."""

    looked: list[str]
    unseen: list[str]


def sought(detectors: Sequence[Detector], collection: Collection, areas: pd.DataFrame) -> Sought:
    """What `detectors` and clues, whose `areas` they are, had something to look at for. What labels
    are not judged is told with these."""
    looked, unseen = list[str](), list[str]()
    for detector in detectors:
        lacking = LACKING.get(detector.name)
        why = lacking(collection) if lacking else ""
        if not why:
            looked.append(detector.what)
        elif detector.name not in (LABELS, RECORDED):
            unseen.append(f"{detector.what.removesuffix('.').lower()} ({why})")
        if detector.name == MARKS and collection.by_label.labelled:
            looked.append("Whether letters and side markers tell the label.")
    targets = [target for target in (CLASS, SOURCE) if target in {*areas["target"]}]
    if targets:
        verb = "are" if targets[1:] else "is"
        looked.append(f"How well {in_a_row(targets)} {verb} told by what is no disease.")
    if collection.by_label.labelled and CLASS not in targets:
        unseen.append("what gives classes away (too few patients)")
    if SOURCE not in targets and len({*collection.manifest.table["source"]} - {""}) > 1:
        unseen.append("what gives sources away (too few patients of each)")
    return Sought(looked, unseen)


def _few_patients(collection: Collection) -> str:
    patients = {*collection.manifest.groups[collection.shown].tolist()}
    return f"fewer than {count(PATIENTS, 'patient')}" if len(patients) < PATIENTS else ""


def _few_images(collection: Collection) -> str:
    return f"fewer than {count(IMAGES, 'image')}" if collection.shown.sum() < IMAGES else ""


def _no_labels(collection: Collection) -> str:
    judged = collection.by_label
    return "no labels" if not judged.labelled or judged.number else _few_patients(collection)


def _not_recorded(collection: Collection) -> str:
    columns = map(recorded, map(str, collection.manifest.table))
    return "" if BURNED_IN in columns else f"no column {BURNED_IN}"


LACKING: Mapping[str, Callable[[Collection], str]] = {
    "orientation": _few_patients,
    "foreign": _few_images,
    LABELS: _no_labels,
    RECORDED: _not_recorded,
}

"""What an evaluation judges: single images, or clips or patients as wholes, as the study of the
model judged them, too.

A clip or patient has the mean probability of its images, which is what `pleura predict` gives of
it, and the median of their distances from the training images.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from pleura.data.manifest import Manifest
from pleura.data.subgroups import UNKNOWN
from pleura.errors import InputError
from pleura.evaluate.few import patients_by_class
from pleura.evaluate.pooling import Unit, agreed, number_units, pool, unit_names
from pleura.evaluate.predicted_runs import labels_of, probabilities_of, share
from pleura.evaluate.ranking import Ints
from pleura.external.predicted import DISTANCE, UNLIKE, classes_of
from pleura.tables import CALLED, LOGIT, NUMBER, THRESHOLDS
from pleura.wording import count

By = Literal["image", "clip", "patient"]
IMAGE: Final = "image"
CLIP: Final = "clip"
PATIENT: Final = "patient"
SINGLE = "frames"  # of the card: which frames of clips the model has learned from


def choose_by(
    asked: By | None, card: Mapping[str, Any], home: pd.DataFrame | None, manifest: Manifest
) -> By:
    """What is judged: as `asked`, or else clips where the study judged clips and the new table
    tells some of several frames, and images everywhere else.

    `home` are the predictions that the study holds of the model. Raises InputError for clips where
    the study or the table has none, and for clips and patients of a model of numbers.
    """
    at_home = bool(card.get(SINGLE)) or (home is not None and _in_clips(home))
    here = _in_clips(manifest.table)
    if asked is None:
        return CLIP if at_home and here and not manifest.number else IMAGE
    if asked != IMAGE and manifest.number:
        raise InputError(
            f"--by {asked}: a model of numbers is judged by single images, as its study judged it; "
            "leave --by out"
        )
    if asked == CLIP and not here:
        raise InputError(
            f"{manifest.origin}: --by clip: no clip has several frames. The table names clips, or "
            "says in a column `video` which frames are of one clip; leave --by out to judge images"
        )
    if asked == CLIP and not at_home:
        raise InputError(
            "--by clip: the study of this model judged no clips, so that nothing is known of what "
            "the mean of several frames is worth; leave --by out to judge images"
        )
    return asked


def _in_clips(table: pd.DataFrame) -> bool:
    """Whether a clip has several images."""
    if "video" not in table:
        return False
    its = table[table["video"] != ""].drop_duplicates("image")
    return bool(its["video"].duplicated().any())


@dataclass(frozen=True)
class Judged:
    """What is judged, one row a unit in each: the `predictions`, and the `manifest` of the first
    image of each, with the labels of the unit. `of` (images,) is the number of the unit of each
    image, -1 for the units that are left out because their images have several labels. `notes` are
    sentences for the page.
    """

    predictions: pd.DataFrame
    manifest: Manifest
    of: Ints
    notes: tuple[str, ...] = ()

    def subgroups(self, of_images: pd.DataFrame) -> pd.DataFrame:
        """The subgroup of each unit by each column: that of all its images, or "unknown" where
        these differ."""
        if of_images.empty:
            return of_images
        kept = self.of >= 0
        by_unit = of_images[kept].groupby(self.of[kept])
        return by_unit.first().where(by_unit.nunique() == 1, UNKNOWN)


def judged_by(
    by: By, predictions: pd.DataFrame, manifest: Manifest, card: Mapping[str, Any]
) -> Judged:
    """The predictions of the images of a manifest, in its order, `by` image, clip or patient."""
    if by == IMAGE:
        return Judged(predictions, manifest, np.arange(len(manifest)))
    numbers, mixed = number_units(predictions, by)
    of, first = _in_order(numbers)
    rows = manifest.of_rows(first)
    if rows.targets is not None:
        kept = of >= 0
        rows = replace(rows, targets=agreed(manifest.labels[kept], of[kept]))
    left_out = count(len(mixed), by)
    notes = (f"left out, as images of several labels have no one label: {left_out}",) * bool(mixed)
    return Judged(pooled(by, predictions, card), rows, of, notes)


def _in_order(numbers: Ints) -> tuple[Ints, Ints]:
    """Units numbered without gaps, in the order of their first images, and the rows of these."""
    kept = np.flatnonzero(numbers >= 0)
    names, first, inverse = np.unique(numbers[kept], return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(names), np.int64)
    place[order] = np.arange(len(names))
    of = np.full(len(numbers), -1, np.int64)
    of[kept] = place[inverse]
    return of, kept[first[order]]


def pooled(by: Unit, predictions: pd.DataFrame, card: Mapping[str, Any]) -> pd.DataFrame:
    """The predictions of clips or patients, made of those of their images; of findings, what the
    model calls positive at the thresholds of its card, as it does when it is asked about a clip."""
    table = pool(predictions, by).table
    if DISTANCE in predictions:
        medians = predictions.groupby(unit_names(predictions, by))[DISTANCE].median()
        distances = medians.loc[table["image"]].to_numpy()
        table = table.assign(**{DISTANCE: distances, UNLIKE: (distances > 1).astype(np.int64)})
    classes = classes_of(table)
    if CALLED + classes[0] in table:
        logits = table[[LOGIT + name for name in classes]].to_numpy(dtype=np.float64)
        values = probabilities_of(logits, labels_of(table, classes))
        limits = card.get(THRESHOLDS) or {}
        for at, name in enumerate(classes):
            called = values[:, at] >= limits.get(name, 0.5)
            table[CALLED + name] = called.astype(np.int64)
    return table


def home_by(
    by: By, home: pd.DataFrame | None, card: Mapping[str, Any]
) -> tuple[pd.DataFrame | None, Mapping[str, Any]]:
    """What the study holds of the model `by` image, clip or patient, and what of the card holds
    for that.

    What a card tells of its test part, and the shares of classes for which its probabilities hold,
    are of single images. The shares of clips or patients are those of the validation part, where
    the study's predictions are known.
    """
    if by == IMAGE or (home is not None and NUMBER in home):
        return home, card
    calibration = {
        name: value
        for name, value in (card.get("calibration") or {}).items()
        if name != "prevalence"
    }
    kept = {name: value for name, value in card.items() if name != "at_home"}
    if home is None:
        return None, kept | {"calibration": calibration}
    table = pooled(by, home[home["part"].isin(["validation", "test"])], card)
    validation = table[table["part"] == "validation"]
    if len(validation):
        classes = classes_of(table)
        labels = labels_of(validation, classes)
        known = range(len(classes))
        shares = {classes[at]: share(labels, at, len(classes)) for at in known if _told(labels, at)}
        calibration["prevalence"] = shares
    return table, kept | {"calibration": calibration}


def patients_of(table: pd.DataFrame | None) -> dict[str, int]:
    """The test patients of each class, with and without each finding, in a table of predictions;
    nothing of numbers, and without a table."""
    if table is None or NUMBER in table:
        return {}
    return patients_by_class(table, classes_of(table))


def _told(labels: Ints, at: int) -> bool:
    """Whether a class or finding is known of some unit."""
    return labels.ndim == 1 or bool((labels[:, at] >= 0).any())

"""Writes the predictions for all images of folders, tables and files as CSV, one row for each
image."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Progress
from pleura.data.bank_file import Square
from pleura.data.readers import ReadError
from pleura.data.readers.decoded import Range
from pleura.deploy.decoding import read_in_batches
from pleura.deploy.find_images import Row, by_patient, find_images
from pleura.deploy.frames import frames_of, of_clips
from pleura.deploy.inputs import Image, see
from pleura.deploy.masks import IMAGE, Say
from pleura.deploy.package import PREDICTED_AT_ONCE, UNKNOWN_LIKENESS, Model, load_model
from pleura.tables import CALLED, PREDICTED
from pleura.wording import count, decimal, interval

DO_NOT_TRUST = "unlike the training images: do not trust what the model says of it"
NO_SET = "no prediction set: what sets promise holds for single images, not for a mean"
# Columns after those of the classes.
SET, UNLIKE, DISTANCE, NOTE = "set", "unlike_training", "distance", "note"


Judged = tuple[NDArray[np.float64], float]
"""The probabilities (classes,) of an image, and its distance from the training images."""


@dataclass(frozen=True)
class Counts:
    """How many images were predicted in all, unlike the training images, and unreadable."""

    images: int
    unlike: int
    unreadable: int


def write_predictions(
    model: str | Path,
    places: Sequence[str | Path],
    file: TextIO,
    *,
    column: str | None = None,
    patients: str | None = None,
    full_range: Range | None = None,
    progress: Progress = lambda done, of: None,
    say: Say,
) -> Counts:
    """Write the predictions of the model in a folder for all images of `places` as CSV: one row an
    image or clip; with `patients`, a table's column that names them, one row a patient, with the
    mean over all frames of all images.

    `full_range` as in `decode_for`. `progress` gets how many images are predicted, and of how many;
    `say` gets what a user must know beside the table. Raises InputError for a folder without a
    model and as `find_images` and `by_patient` do.
    """
    loaded = load_model(model)
    if loaded.likeness is None:
        say(f"pleura: {UNKNOWN_LIKENESS}")
    images = find_images(places, column, lambda line: say(f"pleura: {line}"))
    rows = [Row(name, [address]) for name, address in images]
    if patients is not None:
        rows = by_patient(places, images, patients)
    writer = csv.writer(file, lineterminator="\n")
    for line in (*_of_calls(loaded), *_of_sets(loaded)):
        say(f"pleura: {line}")
    writer.writerow(_columns(loaded))
    unlike = unreadable = 0
    for done, (image, scores, *rest) in enumerate(_rows(loaded, rows, full_range), start=1):
        writer.writerow([image, *scores, *rest])
        unlike += rest[0] == "yes"
        unreadable += rest[0] == ""
        progress(done, len(rows))
    for number, what, where in (
        (unlike, "unlike the training images", UNLIKE),
        (unreadable, "not readable", NOTE),
    ):
        if number:
            of = count(len(rows), "image" if patients is None else "patient")
            say(f"pleura: {what}: {number} of {of}; see the column {where}")
    return Counts(len(rows), unlike, unreadable)


def _columns(model: Model) -> list[str]:
    """The names of all columns. A class or a number that is called as another column is, such as
    `distance`, stands there as `predicted_distance`: readers of tables keep one of two alike."""
    after = [*_called_columns(model), *_set_columns(model), UNLIKE, DISTANCE, NOTE]
    taken = {IMAGE, *after}
    classes = [f"{PREDICTED}_{name}" if name in taken else name for name in model.classes]
    return [IMAGE, *classes, *after]


def _called_columns(model: Model) -> list[str]:
    """The columns of what is called positive: one a finding, none of classes."""
    return [] if model.thresholds is None else [f"{CALLED}{name}" for name in model.classes]


def _of_calls(model: Model) -> Iterator[str]:
    """From which probability on each finding is called positive, and who chose that."""
    if (each := model.thresholds) is None:
        return
    named_thresholds = ", ".join(
        f"{name} {decimal(threshold)}" for name, threshold in zip(model.classes, each, strict=True)
    )
    chosen = model.card["calibration"].get("images", 1) > 0
    why = "as validation patients of the study chose" if chosen else "which no patients chose"
    yield f"called positive is a finding from this probability on, {why}: {named_thresholds}"


def _set_columns(model: Model) -> list[str]:
    """The columns of prediction sets: one of classes, one a finding; none where the model has no
    sets."""
    if model.rule is None:
        return []
    return [f"{SET}_{name}" for name in model.classes] if model.rule.several else [SET]


def _of_sets(model: Model) -> Iterator[str]:
    """What the sets of a model promise, what test has shown of it, and what has no set."""
    if model.rule is None:
        return
    if few := model.rule.without(model.classes):
        it, they = ("it", "it is") if len(few) == 1 else ("them", "they are")
        yield (
            f"no prediction set for {', '.join(few)}: too few patients were kept for {it}; {they} "
            f"in every set, and nothing rules {it} out"
        )
    if np.isnan(model.rule.thresholds).all():
        return
    measured, promised = model.on_test, f"{model.rule.coverage:.4g}".removeprefix("0")
    shares = "; ".join(
        f"{answer} {decimal(its.covered)} ({interval(its.low, its.high)})"
        for answer, its in measured.items()
    )
    whom = "with and without each finding" if model.rule.several else "of each class"
    yield (
        f"prediction sets promise to hold the right answer for at least {promised} of the patients "
        f"{whom} who are like those of the study. On its test patients they held it for: "
        f"{shares or 'not told by this model'}"
    )
    if fell := [answer for answer, its in measured.items() if its.fell]:
        yield (
            f"on the study's test patients sets hold {', '.join(fell)} less often than promised: "
            "these patients are unlike those by whom the sets were made, and yours may be, too. "
            "Check sets on patients of your own before you rely on them"
        )


def _rows(
    model: Model, rows: Sequence[Row], full_range: Range | None
) -> Iterator[tuple[str, list[str], str, str, str]]:
    """The cells of each row, in order, as they come.

    Its name, its probabilities, calls and sets, whether it is unlike the training images (yes, no,
    or unknown), its distance from them, and a note; all between name and note are empty where one
    of its images cannot be read.
    """
    for start in range(0, len(rows), PREDICTED_AT_ONCE):
        some = rows[start : start + PREDICTED_AT_ONCE]
        seen = [
            [frames for image in row.images for frames in _frames(image, model)] for row in some
        ]
        judged = _judged(model, [image for images in seen for image in images], full_range)
        for row, images in zip(some, seen, strict=True):
            yield row.name, *_cells(model, list(islice(judged, len(images))))


def _cells(model: Model, judged: Sequence[Judged | ReadError]) -> tuple[list[str], str, str, str]:
    """The cells of a row behind its name, by what is made of each of its images."""
    rule, thresholds = model.rule, model.thresholds
    every = [each for each in judged if not isinstance(each, ReadError)]
    if error := next((each for each in judged if isinstance(each, ReadError)), None):
        columns = len((*model.classes, *_called_columns(model), *_set_columns(model)))
        return [""] * columns, "", "", error.reason
    probabilities, distances = map(np.array, zip(*every, strict=True))
    (mean,), (distance,) = of_clips(probabilities, distances, [len(every)])
    scores = [f"{score:.6f}" for score in mean]
    if thresholds is not None:
        scores += [str(int(called)) for called in mean >= thresholds]
    several = len(every) > 1
    if rule:
        sets = rule.written(mean[None], model.classes)[0]
        scores += [""] * len(sets) if several else sets
    notes = [f"mean of {len(every)} images"] if several else []
    notes += [NO_SET] if several and rule else []
    if np.isnan(distance):
        return scores, "unknown", "", "; ".join(notes)
    if distance > 1:
        return scores, "yes", f"{distance:.3f}", "; ".join([DO_NOT_TRUST, *notes])
    return scores, "no", f"{distance:.3f}", "; ".join(notes)


def _frames(image: str, model: Model) -> list[Image | ReadError]:
    """The frames of an image that the model sees, or why it cannot be read."""
    try:
        return [*frames_of(image, model.card)]
    except ReadError as error:
        return [error]


def _judged(
    model: Model, images: Sequence[Image | ReadError], full_range: Range | None
) -> Iterator[Judged | ReadError]:
    """What the model makes of each image, or why it cannot be read."""

    def read(image: Image | ReadError) -> Square:
        if isinstance(image, ReadError):
            raise image
        return see(image, model.card, full_range)[0]

    for items in read_in_batches(images, read, PREDICTED_AT_ONCE):
        squares = [item for item in items if not isinstance(item, ReadError)]
        judged = iter(zip(*model.judge(squares), strict=True)) if squares else iter(())
        for item in items:
            yield item if isinstance(item, ReadError) else next(judged)

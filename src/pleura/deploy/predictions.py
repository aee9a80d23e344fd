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
from pleura.data.readers import ReadError, split_address
from pleura.data.readers.decoded import Range
from pleura.data.tables import read_cells
from pleura.deploy.decoding import read_in_batches
from pleura.deploy.frames import frames_of, of_clips
from pleura.deploy.inputs import Image, see
from pleura.deploy.masks import IMAGE, Say, image_column, read_images
from pleura.deploy.package import PREDICTED_AT_ONCE, UNKNOWN_LIKENESS, Model, load_model
from pleura.errors import InputError
from pleura.tables import CALLED, PREDICTED
from pleura.wording import count, decimal, interval

TABLES = (".csv", ".tsv", ".txt")
DO_NOT_TRUST = "unlike the training images: do not trust what the model says of it"
# Columns after those of the classes.
SET, UNLIKE, DISTANCE, NOTE = "set", "unlike_training", "distance", "note"


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
    full_range: Range | None = None,
    progress: Progress = lambda done, of: None,
    say: Say,
) -> Counts:
    """Write the predictions of the model in a folder for all images of `places` as CSV.

    `full_range` as in `decode_for`. `progress` gets how many images are predicted, and of how many;
    `say` gets what a user must know beside the table. Raises InputError for a folder without a
    model and as `find_images` does.
    """
    loaded = load_model(model)
    if loaded.likeness is None:
        say(f"pleura: {UNKNOWN_LIKENESS}")
    images = find_images(places, column, lambda line: say(f"pleura: {line}"))
    writer = csv.writer(file, lineterminator="\n")
    for line in (*_of_calls(loaded), *_of_sets(loaded)):
        say(f"pleura: {line}")
    writer.writerow(_columns(loaded))
    unlike = unreadable = 0
    for done, (image, scores, *rest) in enumerate(_rows(loaded, images, full_range), start=1):
        writer.writerow([image, *scores, *rest])
        unlike += rest[0] == "yes"
        unreadable += rest[0] == ""
        progress(done, len(images))
    for number, what, where in (
        (unlike, "unlike the training images", UNLIKE),
        (unreadable, "not readable", NOTE),
    ):
        if number:
            of = count(len(images), "image")
            say(f"pleura: {what}: {number} of {of}; see the column {where}")
    return Counts(len(images), unlike, unreadable)


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


def find_images(
    places: Sequence[str | Path], column: str | None = None, say: Say = lambda line: None
) -> list[tuple[str, str]]:
    """All images of files, folders (at any depth) and tables, in this order: how each is called and
    its address.

    An image of a table is called as it is written there, one of a folder or an archive by its whole
    path. The column of images in a table is `column`. Without it, it is `image`, or else the only
    column whose cells all name files that a reader knows. `say` gets what is left out. Raises
    InputError for a folder without images, for a table whose column of images is not known, and for
    an empty cell in it.
    """
    images: list[tuple[str, str]] = []
    for place in places:
        path, member = split_address(str(place))
        archive = path.suffix.lower() == ".npz" and member is None
        if path.is_dir() or archive:
            addresses = read_images(path, IMAGE, say)[IMAGE]
            images += zip(addresses, addresses, strict=True)
        elif path.suffix.lower() in TABLES:
            images += _of_table(path, column, say)
        else:
            images.append((str(place), str(place)))
    return images


def _rows(
    model: Model, images: Sequence[tuple[str, str]], full_range: Range | None
) -> Iterator[tuple[str, list[str], str, str, str]]:
    """The cells of each image, in order, as they come.

    Its name, its probabilities, calls and sets, whether it is unlike the training images (yes, no,
    or unknown), its distance from them, and a note; all between name and note are empty where it
    cannot be read.
    """
    rule, thresholds = model.rule, model.thresholds
    columns = len((*model.classes, *_called_columns(model), *_set_columns(model)))

    seen = [_frames(address, model) for _, address in images]
    flat = [image for frames in seen if not isinstance(frames, ReadError) for image in frames]
    judged = _judged(model, flat, full_range)
    for (name, _), frames in zip(images, seen, strict=True):
        given = [frames] if isinstance(frames, ReadError) else list(islice(judged, len(frames)))
        if error := next((each for each in given if isinstance(each, ReadError)), None):
            yield name, [""] * columns, "", "", error.reason
            continue
        every = [each for each in given if not isinstance(each, ReadError)]
        all_probabilities, distances = map(np.array, zip(*every, strict=True))
        (probabilities,), (distance,) = of_clips(all_probabilities, distances, [len(every)])
        scores = [f"{score:.6f}" for score in probabilities]
        if thresholds is not None:
            scores += [str(int(called)) for called in probabilities >= thresholds]
        if rule:
            scores += rule.written(probabilities[None], model.classes)[0]
        note = f"mean of {len(every)} frames" if len(every) > 1 else ""
        if np.isnan(distance):
            yield name, scores, "unknown", "", note
        elif distance > 1:
            yield (
                name,
                scores,
                "yes",
                f"{distance:.3f}",
                "; ".join(filter(None, (DO_NOT_TRUST, note))),
            )
        else:
            yield name, scores, "no", f"{distance:.3f}", note


def _frames(address: str, model: Model) -> list[Image] | ReadError:
    """The frames of an image that the model sees, or why it cannot be read."""
    try:
        return frames_of(address, model.card)
    except ReadError as error:
        return error


def _judged(
    model: Model, images: Sequence[Image], full_range: Range | None
) -> Iterator[tuple[NDArray[np.float64], float] | ReadError]:
    """The probabilities (classes,) and the distance of each image, or why it cannot be read."""

    def read(image: Image) -> Square:
        return see(image, model.card, full_range)[0]

    for items in read_in_batches(images, read, PREDICTED_AT_ONCE):
        squares = [item for item in items if not isinstance(item, ReadError)]
        judged = iter(zip(*model.judge(squares), strict=True)) if squares else iter(())
        for item in items:
            yield item if isinstance(item, ReadError) else next(judged)


def _of_table(path: Path, column: str | None, say: Say) -> Iterator[tuple[str, str]]:
    column = column or image_column(path)
    addresses = read_images(path, column, say)[column].tolist()
    if empty := [f"row {row}" for row, image in enumerate(addresses, start=1) if not image]:
        raise InputError(f"{path}: no image is named in", empty)
    return zip(read_cells(path, None)[0].table[column], addresses, strict=True)

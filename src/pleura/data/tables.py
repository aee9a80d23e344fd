"""Reads a user's table of images as it is: a CSV file, a folder or a MedMNIST archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.data.csv_table import read_csv
from pleura.data.image_files import ENDINGS, endings_of, images_in
from pleura.data.names import composed, part_of
from pleura.data.readers import NO_SUCH_FILE
from pleura.data.sources.places import how_to_get
from pleura.errors import InputError, refuse
from pleura.wording import count


@dataclass(frozen=True)
class Cells:
    """A user's table, str cells under the user's column names.

    The index of `table` is the line of each row in the file (the header is line 1), or a number
    from 1 where there is no such file. `notes` are sentences for the report.
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()


def read_cells(path: Path, classes: Sequence[str] | None) -> tuple[Cells, Sequence[str] | None]:
    """The table at `path`, and the classes; an archive's numbers get their names from these.

    Raises `InputError` where there is no regular table.
    """
    if path.is_dir():
        return _from_folder(path), classes
    if not path.is_file():
        cure = how_to_get(path) or "Give a CSV file, a folder or an .npz archive."
        raise InputError(f"{path}: {NO_SUCH_FILE}. {cure}")
    if path.suffix.lower() == ".npz":
        return _from_archive(path, classes)
    return _from_csv(path), classes


def _from_csv(path: Path) -> Cells:
    content = read_csv(path)
    header, lines = content.header, content.lines
    problems = [
        f"column {name!r} twice"
        for name in filter(None, dict.fromkeys(header))
        if header.count(name) > 1
    ]
    if (nameless := header.count("")) > 1:
        first = header.index("") + 1
        problems += [
            f"{count(nameless, 'column')} without a name, the first of them number {first}: a "
            "spreadsheet writes such after the last one; delete them there, or name them"
        ]
    problems += [
        f"row {line}: {count(len(row), 'cell')}, but the header has {len(header)}"
        for line, row in lines
        if len(row) != len(header)
    ]
    problems += [
        f"row {line}: a cell holds a NUL character; is the file a text file, saved as CSV?"
        for line, row in lines
        if any("\0" in cell for cell in row)
    ]
    refuse(f"{path}: the table is not regular.", problems)
    if not lines:
        raise InputError(f"{path}: the table is empty.")
    rows = [row for _, row in lines]
    table = pd.DataFrame(rows, [line for line, _ in lines], columns=header, dtype=str)
    return Cells(table, content.notes)


def _from_folder(path: Path) -> Cells:
    all_images, others, of_system = images_in(path)
    depth = depth_of_classes(path, all_images)
    images = [file for file in all_images if len(file.parts) > depth + 1]
    others += [file for file in all_images if len(file.parts) <= depth + 1]
    if not images:
        raise InputError(
            f"{path}: no sub-folder holds an image ({', '.join(ENDINGS)}). Put the images of "
            "each class into a sub-folder of its name, or give a CSV file."
        )
    refuse(
        f"{path}: names that are not in UTF-8, which tables cannot hold; rename these.",
        [ascii(str(file)) for file in images if any(map(_is_escaped, str(file)))],
    )
    columns = {
        "image": [str(file) for file in images],
        "label": [composed(file.parts[depth]) for file in images],
        "split": [file.parts[0] if depth else "" for file in images],
    }
    note = (
        f"{count(len(others), 'file')} left out ({endings_of(others)}): not an image in the folder "
        "of a class"
    )
    table = pd.DataFrame(columns, range(1, len(images) + 1))
    return Cells(table, (*([note] if others else []), *of_system.lines()))


def _is_escaped(character: str) -> bool:
    """Whether it stands for a byte of a file's name that is no text (see PEP 383)."""
    return "\ud800" <= character <= "\udfff"


def depth_of_classes(path: Path, images: Sequence[Path]) -> int:
    """1 where the folders that hold `images` (paths from `path`) are parts of a split, which hold
    those of classes, such as train/normal/a.png; else 0.

    Raises InputError where two or more are parts and others are not.
    """
    folders = {file.parts[0] for file in images if len(file.parts) > 1}
    odd = sorted(name for name in folders if not part_of(name))
    parts = sorted({file.parts[0] for file in images if len(file.parts) > 2} - {*odd})
    if len(parts) > 1 and odd:
        raise InputError(
            f"{path}: the folders {', '.join(parts)} are called as the parts of a split are, but "
            f"not {', '.join(odd)}; move {'it' if len(odd) == 1 else 'them'} elsewhere, or give a "
            "CSV file."
        )
    return 1 if parts and not odd else 0


def _from_archive(path: Path, classes: Sequence[str] | None) -> tuple[Cells, Sequence[str] | None]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = [part for part in ("train", "val", "test") if f"{part}_labels" in archive]
            labels_of = {part: archive[f"{part}_labels"] for part in names}
    except Exception as error:  # a damaged archive fails in as many ways as there are bytes
        raise InputError(f"{path}: not a readable .npz archive ({error}).") from error
    if not labels_of:
        raise InputError(f"{path}: no train_labels, val_labels or test_labels in the archive.")
    parts = []
    for part, labels in labels_of.items():
        if labels.ndim == 0 or labels.size != len(labels) or labels.dtype.kind not in "iu":
            raise InputError(
                f"{path}: {part}_labels has shape {labels.shape}; "
                "pleura takes one whole number an image."
            )
        images = [f"{path.name}::{part}_images::{number}" for number in range(len(labels))]
        columns = {"image": images, "label": labels.ravel().astype(str), "split": part}
        parts.append(pd.DataFrame(columns))
    table = pd.concat(parts, ignore_index=True).astype(str)
    table.index += 1
    numbers = sorted(set(table["label"]), key=int)
    if classes is None or not set(classes) <= set(numbers):
        names = list(classes or numbers)
        if len(names) != len(numbers):
            raise InputError(
                f"{path}: {len(names)} classes, but the labels are {', '.join(numbers)}."
            )
        table["label"] = table["label"].map(dict(zip(numbers, names, strict=True)))
        classes = names
    return Cells(table), classes

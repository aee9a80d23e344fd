"""What can be learned of the images of a table: classes, findings, grades or a number."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from pleura.data.columns import recorded
from pleura.data.compound_labels import SEVERAL
from pleura.data.index.propose import WELL
from pleura.data.names import is_missing, word_key
from pleura.errors import InputError, nearest
from pleura.study.new.merged import Merged, classes_of
from pleura.wording import count, first_few

CLASSES, FINDINGS, GRADES, NUMBERS = "classification", "findings", "grades", "numbers"
TASKS = (CLASSES, FINDINGS, GRADES, NUMBERS)
SEPARATOR = SEVERAL
NO_FINDING = "No Finding"
MOST_GRADES = 10
# What `pleura data index` and other programs write of the file, and not of what it shows.
OF_THE_FILE = {
    *(
        "frames",
        "seconds",
        "format",
        "width",
        "height",
        "bits",
        "row_mm",
        "column_mm",
        "spacing_from",
        "day",
        "year",
    ),
    *("n_frames", "frame", "row", "index", "id", "age"),
}
IN_ORDER = ("none", "normal", "absent", "minimal", "mild", "moderate", "marked", "severe")


@dataclass(frozen=True)
class Target:
    """What is learned: the `task`; the `names` of classes, grades or findings; the `column` of a
    number, or the separator of findings in one cell; of classes that are made of several labels,
    which these are (`merged`)."""

    task: str
    names: tuple[str, ...] = ()
    column: str = ""
    separator: str = ""
    merged: Merged = field(default_factory=dict)

    def section(self) -> dict[str, Any]:
        """What a study file says of it under `data`."""
        if self.task == NUMBERS:
            return {"number": {"column": self.column}}
        if self.task == FINDINGS:
            several = {"separator": self.separator} if self.separator else {}
            return {"findings": {"names": list(self.names), **several}}
        made = {new: [*of] for new, of in self.merged.items() if new in self.names}
        return {"classes": list(self.names), **({"labels": made} if made else {})}


def find_target(
    path: Path,
    table: pd.DataFrame,
    columns: Mapping[str, str],
    task: str = "",
    number: str = "",
    merged: Merged = MappingProxyType({}),
) -> Target:
    """What a table of str cells says of its images; `columns` are those of `own_columns`, and
    `task`, the column of a `number` and the labels of `merged` classes what the user asks for.

    Without `task`, classes stand in the column of labels, findings in columns of 0 and 1, or
    between bars in that of labels. Raises InputError where there is nothing to learn, and where it
    is not clear what, with the options that say so.
    """
    if task and task not in TASKS:
        raise InputError(f"--task {task}: there is no such task{nearest(task, TASKS)}")
    if number and number not in table:
        raise InputError(f"{path}: no column {number!r}{nearest(number, map(str, table))}")
    if merged and (number or task in (NUMBERS, FINDINGS)):
        raise InputError("--classes: goes with classes and grades, not with numbers and findings")
    if number or task == NUMBERS:
        column = number or columns.get("label", "")
        if not column:
            raise InputError(f"{path}: --number COLUMN names the numbers to learn")
        return Target(NUMBERS, column=column)
    labels = _labels(table, columns)
    if merged:
        return _merged(labels, task, merged)
    flags = flag_columns(table, columns)
    if task == FINDINGS or (not task and len(labels) < 2 and flags):
        return _findings(path, labels, flags)
    if len(labels) < 2:
        raise InputError(_nothing(path, table, columns, labels))
    if task:
        return Target(task, _in_order(labels))
    if any(SEPARATOR in label for label in labels):
        return _findings(path, labels, flags)
    return _classes(path, labels, columns["label"])


def _merged(labels: list[str], task: str, merged: Merged) -> Target:
    classes = classes_of(labels, merged)
    if task == GRADES:  # from the least on: those of the labels, in the place of the first of each
        new = {old: name for name, olds in merged.items() for old in olds}
        names = tuple(dict.fromkeys(new.get(it, it) for it in _in_order(labels)))
        return Target(task, names, merged=merged)
    return Target(task or CLASSES, _in_order(classes), merged=merged)


def flag_columns(table: pd.DataFrame, columns: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that say 1 or 0 of every image, or -1 or nothing where it is not known."""
    return tuple(
        name
        for name in map(str, table)
        if name not in columns.values()
        and word_key(name) not in OF_THE_FILE
        and not recorded(name)
        and {"1", "0"} <= _plain(table[name]) <= {"1", "0", "-1"}
    )


def _plain(cells: "pd.Series[str]") -> set[str]:
    """What stands in a column, whole numbers without a point, and nothing left out."""
    return {cell.removesuffix(".0") for cell in set(cells) if not is_missing(cell)}


def _labels(table: pd.DataFrame, columns: Mapping[str, str]) -> list[str]:
    cells = set(table[columns["label"]]) if "label" in columns else set()
    return sorted(cell for cell in cells if not is_missing(cell))


def words_for_nothing(table: pd.DataFrame, columns: Mapping[str, str]) -> list[str]:
    """The words that stand in the column of labels and are read as no label, such as NULL."""
    cells = set(table[columns["label"]]) if "label" in columns else set()
    return sorted(cell for cell in cells if cell.strip() and is_missing(cell))


def _findings(path: Path, labels: Collection[str], flags: tuple[str, ...]) -> Target:
    parts = {part.strip() for label in labels for part in label.split(SEPARATOR)}
    if any(SEPARATOR in label for label in labels):
        names = sorted(part for part in parts - {""} if word_key(part) != word_key(NO_FINDING))
        return Target(FINDINGS, tuple(names), separator=SEPARATOR)
    if not flags:
        raise InputError(
            f"{path}: no findings: no column says 0 and 1, and no label has several with "
            f"{SEPARATOR} between them"
        )
    return Target(FINDINGS, flags)


def _classes(path: Path, labels: list[str], column: str) -> Target:
    numbers = pd.to_numeric(pd.Series(labels), errors="coerce")
    if numbers.notna().all() and len(labels) > 2:
        if len(labels) > MOST_GRADES or (numbers % 1 != 0).any():
            return Target(NUMBERS, column=column)
        raise InputError(
            f"{path}: column {column} says {', '.join(_in_order(labels))}: say --task grades where "
            "these have an order, --task classification where they have none, or --task numbers"
        )
    keys = {word_key(label) for label in labels}
    if len(keys) > 2 and keys <= {*IN_ORDER}:
        raise InputError(
            f"{path}: column {column} says {', '.join(_in_order(labels))}: say --task grades where "
            "these have an order, or --task classification"
        )
    return Target(CLASSES, _in_order(labels))


def _in_order(labels: Collection[str]) -> tuple[str, ...]:
    """Numbers from the least on, words of degree by degree, what is well before all else."""

    def rank(label: str) -> tuple[float, int, str]:
        number = pd.to_numeric(label, errors="coerce")
        key = word_key(label)
        degree = IN_ORDER.index(key) if key in IN_ORDER else -1 if key in WELL else len(IN_ORDER)
        return (0.0 if pd.isna(number) else float(number), degree, label)

    return tuple(sorted(labels, key=rank))


def _nothing(
    path: Path, table: pd.DataFrame, columns: Mapping[str, str], labels: Collection[str]
) -> str:
    """Why nothing can be learned, and what to do."""
    if labels:
        words = words_for_nothing(table, columns)
        none = f" ({first_few(words)} is read as no label)" * bool(words)
        return (
            f"{path}: column {columns['label']} says {first_few(labels)} of every image that has a "
            f"label{none}; a study needs two classes at least"
        )
    if "mask" in columns:
        return (
            f"{path}: has masks and no labels: a study file of a segmentation names what their "
            "values mean; docs/concepts/segmentation.md has one to start from"
        )
    numeric = [
        str(name)
        for name in table
        if name not in columns.values()
        and (word_key(str(name)) not in OF_THE_FILE or word_key(str(name)) == "age")
        and len(_plain(table[name])) > 2
        and pd.to_numeric(pd.Series(sorted(_plain(table[name]))), errors="coerce").notna().all()
    ]
    hint = f"; or --number {numeric[0]} learns that number" if numeric else ""
    return (
        f"{path}: no column says what the {count(len(table), 'image')} show; add a column label, "
        f"or --column label=NAME names the one that is meant{hint}"
    )

"""Reads the table of new patients as the study of a model would have read it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pleura.data.audit import check
from pleura.data.clips.expansion import WRITE
from pleura.data.columns import OPTIONAL, REQUIRED
from pleura.data.names import is_missing, word_key
from pleura.data.readers.decoded import FullRange
from pleura.data.subgroup_column import SubgroupColumn
from pleura.data.tables import read_cells
from pleura.data.unknowns import LABEL, is_unknown
from pleura.errors import InputError, nearest, refuse
from pleura.problems import problems_of
from pleura.study.context import Progress, quiet
from pleura.study.section_reader import Announce, Images, Reader, Wanted
from pleura.study.sections import Data
from pleura.tables import NUMBER
from pleura.tasks.listed import TASKS
from pleura.wording import count

CLASSES = "classes"
FINDINGS, NUMBERS = "findings", "numbers"  # tasks whose tables have columns of their own
SEPARATOR = "|"  # between findings in one cell, where the study does not say another


@dataclass(frozen=True)
class Reading:
    """How a table of new patients is read.

    `columns`: our name to the file's; `labels`: a class of the model to what the table calls it;
    `leave_out`: labels that the model does not know, whose rows are left out; `full_range` as in
    `decode_for`, where it is another than in training; `subgroups`: columns to look at results by;
    `merge`: whether patients who share an image, or whose names are spelled alike, are one.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    leave_out: Sequence[str] = ()
    full_range: FullRange | None = None
    image_is_patient: bool = False
    subgroups: Sequence[SubgroupColumn] = ()
    merge: bool = False


def task_of(card: Mapping[str, Any]) -> str:
    """The task of a model, by its card; cards of earlier versions do not tell it."""
    return str(card.get("task") or "classification")


def read_table(
    table: Path,
    card: Mapping[str, Any],
    out: Path,
    reading: Reading,
    *,
    study: Mapping[str, Any] = {},
    progress: Progress = quiet,
    announce: Announce = quiet,
) -> Images:
    """The checked manifest of new patients, labelled as the model of a `card` tells, and the bank
    of their images below `out`.

    `study` is what the study's file says, where it is known: how its table tells findings. Raises
    InputError where there is no table, labels that the model does not know, a class that no row
    has, and for all that a study would refuse.
    """
    task = task_of(card)
    classes = [str(name) for name in card[CLASSES]]
    refuse(
        "--label: the classes of the model are "
        f"{', '.join(classes)}; its class comes first, then the table's, such as "
        f"{classes[0]}=LABEL.",
        [f"{name}{nearest(name, classes)}" for name in reading.labels if name not in classes],
    )
    content = {**_data(table, card, task, reading), **_labels(table, task, classes, reading, study)}
    kind: Any = TASKS[task].study_file.model_fields["data"].annotation
    try:
        data: Data = kind.model_validate(content)
    except ValidationError as error:
        problems = problems_of(error, kind)
        raise InputError(f"{table}: cannot be read for this model", problems) from error
    wanted = Wanted(subgroups=tuple(reading.subgroups))
    try:
        manifest, bank = Reader(out, progress, announce).unchecked(data, wanted)
        manifest = check(manifest, bank, same_image="merge" if reading.merge else "refuse")
    except InputError as error:
        raise InputError(_as_options(error.heading), [*map(_as_options, error.problems)]) from error
    for note in manifest.notes:
        announce(f"note: {note}")
    return manifest, bank


def _data(table: Path, card: Mapping[str, Any], task: str, reading: Reading) -> dict[str, Any]:
    """The keys of a study's section `data` that say how images are read."""
    return {
        "manifest": table.resolve(),
        "columns": {ours: name for ours, name in reading.columns.items() if ours != NUMBER},
        "size": card["size"],
        "fit": card["fit"],
        "full_range": reading.full_range or card.get("full_range"),
        "frames": card.get("frames"),
        "image_is_patient": reading.image_is_patient,
        "same_name": "merge" if reading.merge else "refuse",
    }


def _labels(
    table: Path,
    task: str,
    classes: list[str],
    reading: Reading,
    study: Mapping[str, Any],
) -> dict[str, Any]:
    """The keys of a study's section `data` that say what is known of each image."""
    if task == NUMBERS:
        return {"number": {"column": reading.columns.get(NUMBER, classes[0])}}
    if task == FINDINGS:
        return {"findings": _findings(table, classes, reading, study)}
    labels = _labels_in(table, reading)
    _refuse_unknown(table, labels, classes, reading)
    called = {name: [name, *its] for name, its in reading.labels.items()}
    there = {name: [each for each in its if each in labels] for name, its in called.items()}
    return {"classes": classes, "labels": {name: its for name, its in there.items() if its}}


def _findings(
    table: Path, classes: list[str], reading: Reading, study: Mapping[str, Any]
) -> dict[str, Any]:
    """How the table tells findings: by columns called as they are, or as the study's file called
    them; else in the column `label`, parted as in the study."""
    rule = dict((study.get("data") or {}).get("findings") or {})
    policies = {key: rule[key] for key in ("none", "unknown", "uncertain") if key in rule}
    header = [*map(str, read_cells(table, None)[0].table)]
    theirs = {name: its[0] for name, its in reading.labels.items() if its}
    called: dict[str, str] = rule["names"] if isinstance(rule.get("names"), dict) else {}
    for columns in (theirs, {**called, **theirs}):
        names = {name: columns.get(name, name) for name in classes}
        if set(names.values()) <= set(header):
            return {"names": names, **policies}
    if reading.columns.get(LABEL, LABEL) in header:
        return {"names": classes, "separator": rule.get("separator") or SEPARATOR, **policies}
    missing = [name for name in classes if theirs.get(name, name) not in header]
    raise InputError(
        f"{table}: says nothing of findings of the model; give each a column of 1 and 0 "
        f"(--label 'FINDING=COLUMN' where it is called otherwise). There are: {', '.join(header)}",
        [f"{name}{nearest(name, header)}" for name in missing],
    )


def _labels_in(table: Path, reading: Reading) -> list[str]:
    """The labels of a table's rows, or the names of a folder's folders; none of an archive, whose
    labels are numbers. Raises InputError for a table without a column of labels."""
    if table.is_dir():
        return [each.name for each in sorted(table.iterdir()) if each.is_dir()]
    if table.suffix.lower() == ".npz":
        return []
    cells = read_cells(table, None)[0].table
    column = reading.columns.get(LABEL, LABEL)
    if column not in cells:
        raise InputError(
            f"{table}: no column {column!r}, and a model is evaluated where it is known what the "
            f"images show. Name the column: --column label=NAME. There are: "
            f"{', '.join(map(str, cells))}. Without labels: pleura predict"
        )
    return [str(cell) for cell in cells[column] if not is_missing(str(cell))]


def _refuse_unknown(
    table: Path, labels: Sequence[str], classes: Sequence[str], reading: Reading
) -> None:
    """Raise InputError naming the `labels` of a table that are none of the model's classes."""
    known = {*classes, *(each for its in reading.labels.values() for each in its)}
    keys = {word_key(each) for each in (*known, *reading.leave_out)}
    others = Counter(each for each in labels if word_key(each) not in keys and not is_unknown(each))
    refuse(
        f"{table}: labels that the model does not know; it tells {', '.join(classes)}. Say which "
        "of them each is (--label 'CLASS=LABEL'), or leave such rows out (--leave-out LABEL).",
        [f"{label!r}: {count(number, 'row')}" for label, number in others.items()],
    )


def _as_options(message: str) -> str:
    """A message on the keys of a study file, in the words of the command line."""
    for key, option in (
        (
            "of clips, and a study sees single frames",
            "of clips, and this model knows single images",
        ),
        (f"Write under data how many of each: {WRITE}; or name frames", "Name frames"),
        ("same_image: merge under data: makes", "--merge makes"),
        ("map under data: columns: {", "map by --column ours=theirs: {"),
        ("or set image_is_patient: true under data:", "or say --image-is-patient"),
        ("same_name: merge under data: makes", "--merge makes"),
        ("not fit for a study as it is.", "cannot be evaluated as it is."),
    ):
        message = message.replace(key, option)
    names = ", ".join((*REQUIRED, *OPTIONAL))
    return message.replace("columns: 'number' is none of", f"of our columns, {names}:")

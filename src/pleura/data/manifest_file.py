"""Reads the manifest from whatever a user has: a table, a folder a class, an archive."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.data.addresses import Addresses
from pleura.data.columns import (
    OPTIONAL,
    REQUIRED,
    chosen,
    close_column,
    how_to_map,
    recorded,
    refuse_absent,
    renamed,
)
from pleura.data.compound_labels import holding_one
from pleura.data.manifest import UNLABELLED, Manifest, folder_of
from pleura.data.names import composed, is_nothing
from pleura.data.row_problems import ADDRESSES, row_problems, without_label, without_row
from pleura.data.spelling import (
    SameName,
    clear_nothing,
    labels_apart,
    one_label,
    one_spelling,
)
from pleura.data.tables import Cells, read_cells
from pleura.data.unknowns import LABEL, Unknowns, is_unknown
from pleura.errors import InputError


def read_manifest(
    path: Path,
    *,
    columns: Mapping[str, str] = {},
    where: Mapping[str, str | list[str]] = {},
    classes: Sequence[str] | None = None,
    image_is_patient: bool = False,
    files: Sequence[str] = (),
    extras: Sequence[str] = (),
    optional: Sequence[str] = (),
    labelled: bool = True,
    same_name: SameName = "refuse",
    together: Mapping[str, Sequence[str]] = {},
) -> Manifest:
    """Read a CSV file, a folder with one sub-folder a class, or a MedMNIST `.npz` archive.

    `columns` maps our column names to the file's. `where` keeps the rows whose column (ours or the
    file's) matches a glob pattern, or one of several;
    a pattern after `!` leaves rows out. `classes` keeps these labels, in this order;
    of an archive it names the labels 0, 1, ... The groups are patients; videos where there is no
    patient column; single images only where `image_is_patient` says so. `files` (addresses, checked
    as `mask` is) and `extras` name further columns of the file to keep, `optional` those that are
    kept where the file has them; our own are kept anyway, and columns of ages, sexes and the like
    (`columns.recorded`).
    Rows that `where` or `classes` leave out since their label is not known are kept as `unknowns`.
    With `labelled=False` labels, and their column, may be missing (see `Manifest`).
    `same_name`: whether patients, videos, sources and labels that differ in spelling only
    (`pleura.data.names`) are problems, are made one, or, all but labels, stay apart. `together`:
    labels that `pleura.data.relabel` makes one under a new name; they may differ in spelling only.

    Raises `InputError` where no table can be made; problems of single rows are kept in `problems`.
    """
    classes = None if classes is None else [composed(name) for name in classes]
    new_names = {composed(old): new for new, olds in together.items() for old in olds}
    if classes is not None and len({*classes} - {""}) < len(classes):
        raise InputError(f"classes: a name twice, or an empty one, in {list(classes)}.")
    path = Path(os.path.abspath(path))  # noqa: PTH100 (resolve would follow links out of the data)
    cells, classes = read_cells(path, classes)
    needed = REQUIRED if labelled else ("image",)
    cells = renamed(path, cells, columns, needed, labels=(*(classes or ()), *new_names))
    refuse_absent(path, cells.table, (*files, *extras))
    header = [*map(str, cells.table)]
    besides = filter(recorded, header)
    absent = {name: close_column(name, header) for name in optional if name not in header}
    extras = (*extras, *(name for name in optional if name in header), *besides)
    files, extras = (
        tuple(name for name in dict.fromkeys(names) if name not in (*REQUIRED, *OPTIONAL))
        for names in (files, extras)
    )
    every, cells = cells, chosen(path, cells, where)
    present = set(cells.table.columns)
    names = [*REQUIRED, *OPTIONAL, *files, *extras]
    table = _rows(cells.table, names)
    if not labelled:
        table["label"] = table["label"].replace("", UNLABELLED)
    table, name_notes = clear_nothing(table)
    if same_name == "merge":
        table["label"], label_notes = one_label(table["label"], classes or (), new_names)
        name_notes += label_notes
    table["patient"], patient_notes = _patients(path, table, present, image_is_patient)
    addresses = Addresses(folder_of(path))
    for name in (*ADDRESSES, *files):
        table[name] = [addresses.find(cell) for cell in table[name]]
    everything = Manifest(
        table,
        (),
        path,
        files=files,
        extras=extras,
        labelled=labelled,
        exact=image_is_patient or same_name == "as_written",
    )
    apart: list[str] = []
    if labelled:
        apart = labels_apart(table["label"], everything.describe, classes, new_names)
    problems = [
        *without_label(table, everything.describe),
        *apart,
        *without_row(table, classes or (), new_names),
    ]
    labels = sorted(set(table["label"]) - {""}) if classes is None else list(classes)
    wanted = table["label"].isin(labels)
    left_out = int((~wanted & (table["label"] != "")).sum())
    unknown = table[~wanted & table["label"].map(is_unknown)]
    notes = cells.notes + tuple(
        f"no column {name!r}; did you mean {meant!r}?" for name, meant in absent.items() if meant
    )
    if left_out:
        notes += (f"rows left out, their label not among the classes: {left_out}",)
    if compound := holding_one(table["label"], labels):
        notes += (
            f"rows left out though their label holds a class and more, such as {compound[0]!r} (of "
            f"several findings of an image is the task findings): {len(compound)}",
        )
    table = table[wanted].reset_index(drop=True)
    if table.empty:
        raise InputError(f"{path}: no row is left to study.", problems)
    manifest = replace(everything, table=table, classes=tuple(labels))
    by_video = image_is_patient or "patient" not in present
    spelled = one_spelling(table, manifest.describe, same_name, by_video=by_video)
    problems += spelled.problems
    problems += row_problems(spelled.table, manifest.describe, files, addresses.outside)
    manifest = replace(
        manifest,
        table=spelled.table,
        notes=(*notes, *patient_notes, *name_notes, *spelled.notes),
        problems=tuple(problems),
        merged_patients=spelled.merged,
        respelled=bool(apart or spelled.problems),
        by_video=by_video,
    )
    if not labelled:
        return manifest
    column = composed(columns.get(LABEL, LABEL))
    hidden = _rows(_left_out(path, every, cells, where, column), names)
    if not hidden.empty:
        hidden, _ = clear_nothing(hidden)
        hidden["patient"], _ = _patients(path, hidden, present, image_is_patient)
        unknown = pd.concat([unknown, hidden[~hidden["label"].isin(labels)]])
    return replace(manifest, unknowns=_unknowns(manifest, unknown, same_name))


def _rows(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The columns `names` of a user's table, empty where it lacks one, and the line of each row."""
    rows = table.reindex(columns=[*names], fill_value="")
    return rows.assign(row=rows.index).reset_index(drop=True)


def _left_out(
    path: Path, every: Cells, matching: Cells, where: Mapping[str, str | list[str]], column: str
) -> pd.DataFrame:
    """The rows whose label is not known and that nothing but a pattern for labels, whose `column`
    the file calls so, leaves out."""
    others = {name: globs for name, globs in where.items() if name not in (LABEL, column)}
    if len(others) == len(where):
        return every.table[:0]
    rows = chosen(path, every, others).table
    return rows[rows["label"].map(is_unknown) & ~rows.index.isin(matching.table.index)]


def _unknowns(manifest: Manifest, unknown: pd.DataFrame, same_name: SameName) -> Unknowns | None:
    """What is left open where an image has one label: the labels of the `unknown` rows, which are
    none of the manifest's. Those of no patient are left out."""
    unknown = unknown[~unknown["patient"].map(is_nothing)]
    if unknown.empty:
        return None
    table = pd.concat([manifest.table, unknown], ignore_index=True)
    if same_name == "merge":
        by_video = manifest.by_video
        table = one_spelling(table, manifest.describe, same_name, by_video=by_video).table
    return Unknowns(table, (LABEL,), (np.arange(len(table)) >= len(manifest))[:, None])


def _patients(
    path: Path, table: pd.DataFrame, present: set[str], image_is_patient: bool
) -> tuple[list[str], tuple[str, ...]]:
    if "patient" in present:
        if image_is_patient:
            raise InputError(
                f"{path}: image_is_patient is set, but there is a column of patients; "
                "take one of them away."
            )
        return list(table["patient"]), ()
    if image_is_patient:
        note = "every image counts as its own patient"
        if "video" in present:
            note = "every video, and every image without one, counts as its own patient"
        pairs = zip(table["video"], table["image"], strict=True)
        return [video or image for video, image in pairs], (note,)
    if "video" in present:
        return list(table["video"]), ("no patient is known: every video counts as one",)
    own = "or set image_is_patient: true under data: if every image is of another patient."
    if path.is_dir() or path.suffix.lower() == ".npz":
        raise InputError(
            f"{path}: does not say which patient an image is of; list the images in a CSV file "
            f"with the columns image, label, patient; {own}"
        )
    raise InputError(
        f"{path}: no column says which patient an image is of; "
        f"{how_to_map({'patient': 'patient'}, present)}; {own}"
    )

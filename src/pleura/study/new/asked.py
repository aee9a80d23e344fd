"""What is asked of a table: its columns, what is learned, and the images as a study reads them."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from pleura.data.clips.expansion import clip_rows, with_frames
from pleura.data.clips.settings import Frames
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.names import RESERVED_CLASSES, is_missing
from pleura.data.readers import NO_SUCH_FILE
from pleura.data.relabel import merge_labels
from pleura.data.sources.places import PUBLIC, table_at
from pleura.data.tables import read_cells
from pleura.errors import InputError, refuse
from pleura.study.new.columns import BY_NAMES, own_columns
from pleura.study.new.merged import Merged
from pleura.study.new.people import with_enough
from pleura.study.new.target import CLASSES, GRADES, Target, find_target
from pleura.study.sections import Data
from pleura.tasks.listed import TASKS
from pleura.wording import capital, first_few

ANNOUNCED = ("patient", "video", "label")  # columns that are told even where they have our names
FRAMES = 8  # that are seen of each clip


@dataclass(frozen=True)
class Asked:
    """`data`: what a study file says of its data, without what is learned, the `target`. `columns`:
    the table's name of each of our columns. `table` holds the cells as they are written, `manifest`
    the images that are studied. `few` are lines on names that too few patients have, and that are
    left out."""

    data: dict[str, Any]
    columns: Mapping[str, str]
    target: Target
    table: pd.DataFrame
    manifest: Manifest
    few: list[str]

    @property
    def meanings(self) -> str:
        """What the columns were taken for, which their user should look at."""
        taken = [f"{ours} {self.columns[ours]!r}" for ours in ANNOUNCED if ours in self.columns]
        learned = self.target.column or first_few(self.target.names, 20)
        column = f"columns: {', '.join(taken)}; " if taken else ""
        return f"{column}learned: {learned}"

    @property
    def question(self) -> str:
        """The question of the study, to be worded better by its user."""
        if self.target.column:
            return f"which {self.target.column} do the images tell"
        return f"which of these does an image show: {first_few(self.target.names, 6)}"[:300]


def ask(
    table: Path,
    out: Path,
    *,
    task: str,
    number: str,
    columns: Mapping[str, str],
    merged: Merged,
    image_is_patient: bool,
    looked: Callable[[int, int], None],
) -> Asked:
    """See `pleura.study.new.write.new_study`, which says what is given and what is raised; `looked`
    hears of each clip."""
    data: dict[str, Any] = {}
    if str(table).startswith(PUBLIC):
        data["manifest"] = str(table)
        table = table_at(table, out.parent)
    else:
        data["manifest"] = os.path.relpath(table.absolute(), out.parent)
    cells, _ = read_cells(table, None)
    own = own_columns(table, cells, columns)
    target = find_target(table, cells.table, own, task, number, merged)
    _refuse_reserved(table, target)
    if not {"patient", "video"} & set(own) and not image_is_patient:
        raise InputError(
            f"{table}: nothing says which patient an image is of; pleura data index tells it by "
            "the names of files, --column patient=NAME names its column, and --image-is-patient "
            "says that every image is of another patient"
        )
    if mapped := {ours: theirs for ours, theirs in own.items() if ours != theirs}:
        data["columns"] = mapped
    if image_is_patient:
        data["image_is_patient"] = True
    if target.task in (CLASSES, GRADES) and any(map(is_missing, cells.table[own["label"]])):
        data["where"] = {"label": "?*"}
    every = _manifest(table, _section(data, target, out))
    target, few = with_enough(table, target, every)
    manifest = _manifest(table, _section(data, target, out)) if few else every
    with TemporaryDirectory() as folder:
        if clip_rows(manifest, Path(folder)):
            data["frames"] = {"number": FRAMES}
            manifest = with_frames(manifest, Frames(number=FRAMES), Path(folder), looked)
            refuse(f"{table}: mend these rows first.", manifest.problems)
    return Asked(data, own, target, cells.table, manifest, few)


def _refuse_reserved(table: Path, target: Target) -> None:
    """Raise InputError for classes or findings whose names the tables of a study use."""
    if reserved := [name for name in target.names if name in RESERVED_CLASSES]:
        how = (
            f"--classes 'NEW={reserved[0]}' gives it another, with a name of yours for NEW"
            if target.task in (CLASSES, GRADES) and reserved[0] not in target.merged
            else "give it another name"
        )
        raise InputError(
            f"{table}: no class can be called {' or '.join(reserved)}, as the tables of a study "
            f"call all classes together; {how}"
        )


def _section(data: Mapping[str, Any], target: Target, out: Path) -> Data:
    """The section of data of a study file, with what is learned."""
    section = TASKS[target.task].study_file.model_fields["data"].annotation
    assert isinstance(section, type)
    content = {**data, **target.section()}
    made = section.model_validate(content, context=out.parent)
    assert isinstance(made, Data)
    return made


def _manifest(table: Path, data: Data) -> Manifest:
    """The table as a study reads it. Raises InputError that lists all that is wrong."""
    manifest = read_manifest(
        table,
        columns=data.columns,
        where=data.where,
        classes=data.labels_read,
        image_is_patient=data.image_is_patient,
        extras=data.label_columns,
        labelled=data.one_label,
        together=data.labels,
    )
    manifest = data.labelled(merge_labels(manifest, data.labels))
    missing = sum(f": {NO_SUCH_FILE}" in problem for problem in manifest.problems)
    elsewhere = f" {capital(BY_NAMES.format(table=table))}." if missing >= len(manifest) else ""
    refuse(f"{table}: mend these rows first.{elsewhere}", manifest.problems)
    return manifest

"""Somebody's split of the images: which image is in which part, and what stands on both sides."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.audit.collection import Collection
from pleura.data.audit.duplicates import find_duplicates
from pleura.data.audit.finding import Finding
from pleura.data.manifest import Manifest
from pleura.data.names import is_nothing, name_key, part_of
from pleura.data.readers import split_address
from pleura.data.tables import read_cells
from pleura.errors import InputError
from pleura.wording import count, in_a_row

PARTS = ("split", "part", "subset", "partition", "set", "fold")  # columns, in the order of trust
ENOUGH = 0.5  # of the rows of a split that must be found among the images
PATIENT, CLIP = "patient in two parts", "clip in two parts"
Parts = NDArray[np.object_]  # (n,) the part of each image, "" where it is in none


def read_split(path: Path, manifest: Manifest) -> tuple[Parts, str]:
    """The part of each image of a manifest by a table with a column of parts and one that names
    images, by path, file name or file name without its ending, or patients; and a sentence on how
    many were found.

    Raises InputError where no column holds parts, or where none names these images.
    """
    table = read_cells(path, None)[0].table
    names = {name_key(str(name)): str(name) for name in table}
    column = next((names[part] for part in PARTS if part in names), None)
    if column is None:
        raise InputError(
            f"{path}: no column says in which part an image is; call it one of {', '.join(PARTS)}. "
            f"There are: {', '.join(map(str, table))}"
        )
    others = [str(name) for name in table if name != column]
    ways = [
        (name, what, found)
        for what, keys in _keys_of(manifest).items()
        for name in others
        for found in [table[name].map(keys[0]).map(keys[1])]
    ]
    best = max(ways, key=lambda way: way[2].notna().sum(), default=None)
    if best is None or best[2].notna().mean() < ENOUGH:
        raise InputError(
            f"{path}: which images are meant? No column names the images of {manifest.origin.name} "
            "by path or file name, or their patients. Give the table that the split was made of."
        )
    name, what, found = best
    parts = np.full(len(manifest), "", dtype=object)
    for rows, cell in zip(found, table[column], strict=True):
        if isinstance(rows, list) and not is_nothing(cell):
            parts[rows] = part_of(cell) or cell
    lost = int(found.isna().sum())
    told = (
        f"{path.name}: {count(int((parts != '').sum()), 'image')} of {len(manifest):,} in a part "
        f"({what} in column {name!r})"
    )
    return parts, told + (f"; {count(lost, 'row')} of it fit no image" if lost else "")


def parts_of(manifest: Manifest) -> Parts | None:
    """The parts that the table's own column `split` gives; None where it gives none."""
    cells = manifest.table["split"]
    parts = cells.map(lambda cell: "" if is_nothing(cell) else part_of(cell) or cell)
    return parts.to_numpy(dtype=object) if (parts != "").any() else None


def across(collection: Collection, *, images: bool) -> Iterator[Finding]:
    """Patients and clips of a collection that are in two of its `parts`; with `images` also images
    that are, the same or as good as the same. Each is a leak."""
    manifest = collection.manifest
    parts = np.asarray(collection.parts, dtype=object)
    yield from _in_two(manifest, parts, manifest.groups.astype(object), PATIENT, "Patient")
    if not manifest.by_video:
        videos = manifest.table["video"].to_numpy(dtype=object)
        yield from _in_two(manifest, parts, videos, CLIP, "Clip")
    for finding in find_duplicates(collection) if images else ():
        if len({*parts[[*finding.rows]]} - {""}) > 1:
            yield replace(finding, leak=True)


def _in_two(
    manifest: Manifest, parts: Parts, of: NDArray[np.object_], kind: str, what: str
) -> Iterator[Finding]:
    """A finding for each name in `of` (n,) whose images are in several parts, those with most
    images first."""
    table = pd.DataFrame({"of": of, "part": parts})
    table = table[(table["part"] != "") & (table["of"] != "")]
    several = table.groupby("of")["part"].nunique()
    groups = table[table["of"].isin(several[several > 1].index)].groupby("of", sort=False)
    for name, rows in sorted(groups, key=lambda group: -len(group[1])):
        at = tuple(map(int, rows.index))
        inside = in_a_row([f"{part} ({n})" for part, n in rows["part"].value_counts().items()])
        text = f"{what} {name} has images in {inside}"
        yield Finding(kind, at, float(len(at)), text, leak=True)


def _keys_of(
    manifest: Manifest,
) -> Mapping[str, tuple[Callable[[str], str], Callable[[str], list[int] | None]]]:
    """How a cell may name images: a key of the cell, and the rows by that key."""
    paths = [split_address(manifest.name(row))[0] for row in range(len(manifest))]

    def unique(keys: list[str]) -> Callable[[str], list[int] | None]:
        rows: dict[str, list[int]] = {}
        for row, key in enumerate(keys):
            rows.setdefault(key, []).append(row)
        return {key: of for key, of in rows.items() if len(of) == 1}.get

    patients: dict[str, list[int]] = {}
    for row, patient in enumerate(manifest.groups):
        patients.setdefault(name_key(str(patient)), []).append(row)
    return {
        "by path": (lambda cell: cell.removeprefix("./"), unique([str(path) for path in paths])),
        "by file name": (lambda cell: Path(cell).name, unique([path.name for path in paths])),
        "by file name without its ending": (
            lambda cell: Path(cell).stem,
            unique([path.stem for path in paths]),
        ),
        "by patient": (name_key, patients.get),
    }

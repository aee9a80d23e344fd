"""The rows of a table of images, out of headers, names and folders."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from pleura.data.index.headers import Header
from pleura.data.names import composed
from pleura.data.readers.dicom.described import Described
from pleura.data.tables import depth_of_classes
from pleura.errors import InputError
from pleura.wording import first_few

ALWAYS = ("image", "patient", "format", "width", "height", "bits")  # columns of every table
FIRST = (
    "image",
    "mask",
    "label",
    "patient",
    "video",
    "frame",
    "frames",
    "seconds",
    "split",
    "source",
)
# Of a DICOM header: hashes of the image and what stands in other columns have none of their own.
OF_DICOM = tuple(
    field.name
    for field in fields(Described)
    if field.name not in ("patient", "image", "rows", "columns", "frames")
)
ORDER = tuple(dict.fromkeys((*FIRST, "site", "view", *ALWAYS, *OF_DICOM)))
MANY = 20  # labels, beyond which folders may be something else than classes


@dataclass(frozen=True)
class Entry:
    """One image or clip: its path from the folder, what its header knows, and what its name says
    by the user's patterns."""

    path: Path
    header: Header
    named: Mapping[str, str]


def cells_of(entry: Entry) -> dict[str, str]:
    """The cells of a row, but for its address and label; what its name says goes before what its
    header says."""
    header = entry.header
    known: dict[str, object] = {
        "format": header.format,
        "width": header.width,
        "height": header.height,
        "bits": header.bits,
        "frames": header.frames,
        "seconds": header.seconds,
    }
    if header.clip:
        known["video"] = composed(entry.path.as_posix())
    if header.dicom:
        of_dicom = header.dicom.as_dict()
        known |= {name: of_dicom[name] for name in (*OF_DICOM, "patient")}
    return {name: _text(value) for name, value in known.items()} | dict(entry.named)


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else composed(str(value)).strip()


def labels_of_folders(
    folder: Path, paths: Sequence[Path], patients: Sequence[str]
) -> tuple[list[dict[str, str]], str]:
    """The label of each image, and its part of a split, by the folders in which images lie, as of a
    folder for each class; and a sentence that says so.

    There are no labels where all images lie in one folder, or where each folder is of one patient.
    """
    try:
        depth = depth_of_classes(folder, paths)
    except InputError:
        depth = 0
    labels = [composed(path.parts[depth]) if len(path.parts) > depth + 1 else "" for path in paths]
    classes = sorted({*labels} - {""})
    if len(classes) < 2:
        return [{} for _ in paths], "no labels: no folders hold classes; add a column label"
    pairs = {(label, who) for label, who in zip(labels, patients, strict=True) if label}
    if len(pairs) == len(classes) and all(who for _, who in pairs):
        why = "each folder holds one patient, so its name is no class; add a column label"
        return [{} for _ in paths], f"no labels: {why}"
    told = f"labels by folders: {first_few(classes, MANY)}"
    if len(classes) > MANY:
        told += f"; {len(classes):,} classes are many: if folders hold patients, say so"
    if any(len(path.parts) > depth + 2 for path in paths):
        told += (
            "; folders below say nothing unless --folders '{source}/{label}' gives each a meaning"
        )
    if depth:
        told += f"; parts by folders: {first_few(sorted({path.parts[0] for path in paths}))}"
    part_of = [{"split": path.parts[0]} if depth else {} for path in paths]
    return [{"label": label, **part} for label, part in zip(labels, part_of, strict=True)], told


def address_in(table: Path, folder: Path) -> str:
    """What stands before the path of an image, so that `table` finds it: nothing where it lies in
    the folder of the images, the way down to that folder, or else its whole path."""
    way = os.path.relpath(os.path.abspath(folder), os.path.abspath(table.parent))  # noqa: PTH100
    if way == os.curdir:
        return ""
    if way.startswith(os.pardir):
        way = os.path.abspath(folder)  # noqa: PTH100 (resolve would follow links)
    return f"{Path(way).as_posix()}/"


def as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """The table as text. Columns of which no row has anything are left out, but for those that
    every table has."""
    columns = [name for name in ORDER if name in ALWAYS or any(row.get(name, "") for row in rows)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

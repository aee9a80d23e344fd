"""The rows of a table of images, out of headers, names and folders."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from pleura.data.index.copies import without_copies
from pleura.data.index.found import LeftOut
from pleura.data.index.headers import Header
from pleura.data.names import composed
from pleura.data.readers.dicom.described import Described
from pleura.wording import count

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
DAY = "day"
ORDER = tuple(dict.fromkeys((*FIRST, "site", "view", *ALWAYS, *OF_DICOM, DAY)))


@dataclass(frozen=True)
class Entry:
    """One image or clip: its path from the folder, what its header knows, and what its name says
    by the user's patterns. `day` counts from a secret day of the patient (`with_days`)."""

    path: Path
    header: Header
    named: Mapping[str, str]
    day: int | None = None


def rows_of(
    folder: Path,
    table: Path,
    entries: Sequence[Entry],
    mask_of: Mapping[Path, Path],
    left_out: LeftOut,
) -> tuple[list[dict[str, str]], list[str]]:
    """The rows of a table for images of a folder, and sentences on copies and on images without a
    label. Copies that agree in all that is known are `left_out`."""
    rows = [cells_of(entry) for entry in entries]
    paths = [entry.path for entry in entries]
    identifiers = [entry.header.dicom.image if entry.header.dicom else "" for entry in entries]
    keep, told = without_copies(folder, paths, identifiers, rows, left_out)
    entries, rows = [entries[at] for at in keep], [rows[at] for at in keep]
    without = sum(not row.get("label") for row in rows)
    if 0 < without < len(rows):
        told.append(f"{count(without, 'image')} without a label, which no study learns from")
    before = address_in(table, folder)
    for entry, row in zip(entries, rows, strict=True):
        row["image"] = before + entry.path.as_posix()
        if mask := mask_of.get(entry.path):
            row["mask"] = before + mask.as_posix()
    return rows, told


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
        DAY: entry.day,
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
    every table has; those that a user's patterns name come last."""
    own = sorted({name for row in rows for name in row if name not in ORDER})
    columns = [
        name for name in (*ORDER, *own) if name in ALWAYS or any(row.get(name, "") for row in rows)
    ]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

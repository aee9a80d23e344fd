"""Folders of images that pleura makes itself: a note of the parameters, a table written last."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pleura.errors import InputError
from pleura.files import write_atomically, write_text

TABLE = "images.csv"


def claim(folder: Path, kind: str, parameters: Mapping[str, object]) -> bool:
    """Note in `folder/KIND.json` what is written there; whether it is finished already.

    Raises `InputError` if the folder holds a table of something else.
    """
    table, note = folder / TABLE, folder / f"{kind}.json"
    recorded = json.dumps(parameters, indent=1, sort_keys=True, default=dict)
    if table.exists() and not note.exists():
        raise InputError(
            f"{table} is there, but no {note.name}: it is somebody else's",
            ["choose another folder"],
        )
    if note.exists() and note.read_text(encoding="utf-8") != recorded:
        raise InputError(
            f"{folder} holds a {kind} with other parameters",
            ["choose another folder, or delete this one"],
        )
    if not table.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_text(note, recorded)
    return table.exists()


def is_whole(folder: Path) -> bool:
    """Whether the table of a folder is there with at least one row, and every file that its columns
    of images and masks name, none of them empty.

    The table is written last, but files may be lost later, or with the machine's power.
    """
    try:
        with (folder / TABLE).open(newline="", encoding="utf-8") as file:
            sizes = [
                (folder / cell).stat().st_size
                for row in csv.DictReader(file)
                for name, cell in row.items()
                if "image" in name or "mask" in name
            ]
    except (OSError, ValueError, TypeError, csv.Error):
        return False
    return bool(sizes) and all(sizes)


def write_table(folder: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Path:
    """Write the table of a folder, atomically; its path comes back."""
    table = folder / TABLE
    with (
        write_atomically(table) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return table

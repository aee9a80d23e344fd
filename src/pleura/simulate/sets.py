"""Folders of simulated images: a note of the parameters, the images, then their table."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from pleura.errors import InputError
from pleura.files import digest_file, read_mapping, write_atomically, write_text

TABLE = "images.csv"
DIGEST = "table"  # of the table, in the note
NOTES = ("phantom.json", "findings.json", "scenes.json")

Counted = Callable[[int, int], None]  # what is done, and of how much
Row = Mapping[str, object]
Job = TypeVar("Job")


def images_of(patients: int, between: tuple[int, int], seed: int) -> list[tuple[int, int]]:
    """Patient and image, numbers from 0, of so many `patients` with `between` the first and the
    second number of images each, as `seed` draws it."""
    least, most = between
    rng = np.random.default_rng((seed, 4))
    return [
        (patient, image)
        for patient in range(patients)
        for image in range(int(rng.integers(least, most + 1)))
    ]


def write_set(
    folder: Path,
    kind: str,
    parameters: Mapping[str, object],
    *,
    folders: Sequence[str],
    jobs: Sequence[Job],
    make: Callable[[Job], Iterable[Row]],
    workers: int | None = None,
    progress: Counted,
) -> Path:
    """Do `jobs` in threads and write the table of the rows that `make` gives; its path comes back.

    All rows have the same columns, in the order of the table. `folder/KIND.json` notes the
    `parameters`, and in the end the digest of the table, which never names an image that is not
    there yet. A finished folder with the same parameters is left as it is. `folders` are made
    below `folder` first; `progress` gets the number of jobs done and of all. Raises `InputError`
    for a folder that holds something else, and for a table that was changed since.
    """
    table, note = folder / TABLE, folder / f"{kind}.json"
    asked = json.loads(json.dumps(parameters, default=dict))
    if table.exists() and not note.exists():
        raise InputError(
            f"{table} is there, but no {note.name}: it is somebody else's",
            ["choose another folder"],
        )
    noted = read_mapping(note) if note.exists() else None
    if noted is not None and {k: v for k, v in noted.items() if k != DIGEST} != asked:
        raise InputError(
            f"{folder} holds a {kind} with other parameters",
            ["choose another folder, or delete this one"],
        )
    if table.exists():
        if noted and DIGEST in noted and noted[DIGEST] != digest_file(table):
            raise InputError(
                f"{table} was changed since it was written, and is no longer what {note.name} says",
                ["keep your table elsewhere, and delete this folder: it is made again"],
            )
        return table
    for name in ("", *folders):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_text(note, json.dumps(asked, indent=1, sort_keys=True))
    rows: list[Row] = []
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        for done, rows_of_job in enumerate(pool.map(make, jobs), start=1):
            rows += rows_of_job
            progress(done, len(jobs))
    with write_atomically(table) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False, lineterminator="\n")
    noted = {**asked, DIGEST: digest_file(table)}
    write_text(note, json.dumps(noted, indent=1, sort_keys=True))
    return table


def save_png(folder: Path, kind: str, stem: str, pixels: NDArray[np.uint8], **options: Any) -> str:
    """Write pixels (h, w) to `folder/KIND/STEM.png`, with options of Pillow; returns the path from
    `folder`."""
    name = f"{kind}/{stem}.png"
    Image.fromarray(pixels).save(folder / name, compress_level=1, **options)
    return name


def count_simulated(images: Iterable[str]) -> int:
    """How many images, by their paths, lie in a folder that `write_set` has finished."""

    def is_set(folder: Path) -> bool:
        notes = (read_mapping(path) for name in NOTES if (path := folder / name).is_file())
        return any({DIGEST, "version"} <= note.keys() for note in notes)

    folders = [Path(image).parent for image in images]
    simulated = {folder for folder in set(folders) if is_set(folder) or is_set(folder.parent)}
    return sum(folder in simulated for folder in folders)


def is_whole(folder: Path) -> bool:
    """Whether a folder holds a table with at least one row, and every file that its columns of
    images and masks name, none of them empty.

    The table is written last, but files may be lost later, or when the machine loses its power.
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

"""The manifest of any folder of images and masks that go by the same names."""

import re
from collections import defaultdict
from pathlib import Path

import pandas as pd

from pleura.data.image_files import images_in, passed_over
from pleura.errors import InputError
from pleura.tables import write_table
from pleura.wording import count

MASK_WORDS = re.compile(
    r"(^|[^a-z])(masks?|gt|grounds?|ground[ _-]?truths?|annotations?)($|[^a-z])"
)
MASK_ENDING = re.compile(r"[ _-](mask|gt|groundtruth)$", re.IGNORECASE)
TABLE = "images.csv"
COLUMNS = ("image", "mask", "label", "patient", "source")


def write_pairs(folder: Path, *, source: str = "") -> Path:
    """Pair the images and masks under `folder` by name, write `folder/images.csv` and return its
    path.

    A mask has its image's name, or that name and `_mask` or `_gt`. Of two files of one name, the
    mask is the one in a folder such as `masks`, `gt`, `grounds`, `ground_truth` or `annotations`,
    or with that ending, or, in one folder, the PNG beside a JPEG. Each image is its own patient,
    and its label is "scene".

    Raises InputError with every name that has no partner or that is not clear, and what else is
    there.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    groups: dict[str, list[Path]] = defaultdict(list)
    files, others = images_in(folder)
    for path in files:
        if "__MACOSX" not in path.parts:
            groups[MASK_ENDING.sub("", path.stem)].append(path)
    rows, problems = [], []
    for stem, paths in groups.items():
        masks = _masks_among(paths)
        images = [path for path in paths if path not in masks]
        if len(masks) == len(images) == 1:
            cells = (images[0].as_posix(), masks[0].as_posix(), "scene", stem, source)
            rows.append(dict(zip(COLUMNS, cells, strict=True)))
        else:
            names = ", ".join(path.as_posix() for path in paths)
            problems.append(
                f"{stem}: {count(len(images), 'image')}, {count(len(masks), 'mask')} ({names})"
            )
    if problems or not rows:
        problems = problems or ["no image is there"]
        raise InputError(
            f"{folder}: every image needs one mask of the same name; put images under images/ and "
            "masks under masks/",
            [*problems, *([passed_over(folder, others)] if others else [])],
        )
    write_table(folder / TABLE, pd.DataFrame(rows))
    return folder / TABLE


def _masks_among(paths: list[Path]) -> list[Path]:
    """Which of some files of one name are masks."""
    named = [path for path in paths if MASK_ENDING.search(path.stem) or _in_masks(path)]
    if 0 < len(named) < len(paths):
        return named
    side_by_side = len({path.parent for path in paths}) == 1
    return [path for path in paths if path.suffix.lower() == ".png"] if side_by_side else []


def _in_masks(path: Path) -> bool:
    return any(MASK_WORDS.search(part.lower()) for part in path.parent.parts)

"""The rows of any folder of images and masks that go by the same names."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pleura.data.sources.images_table import write_images
from pleura.data.sources.source import Row
from pleura.errors import InputError
from pleura.wording import count

MASK_WORDS = re.compile(
    r"(^|[^a-z])([a-z]*masks?|gt|grounds?|ground[ _-]?truths?|annotations?|segs?|segmentations?)"
    r"($|[^a-z])"
)
SCENES = "synthetic scenes need no download: pleura scenes FOLDER"
MASK_ENDING = re.compile(r"[ _-]([a-z]*mask|gt|ground[_-]?truth|seg|segmentation)$", re.IGNORECASE)


def write_pairs(folder: Path, *, source: str = "") -> Path:
    """Pair the images and masks under `folder` by name, write `folder/images.csv` and return its
    path. Raises InputError as `pairs_of` does."""
    rows = ({**row, "source": source} for row in pairs_of(folder, folder))
    return write_images(rows, folder).path


def pairs_of(files: Path, folder: Path) -> Iterator[Row]:
    """The images under `files` with their masks; nothing is written to `folder`.

    A mask has its image's name, or that name and `_mask`, `_seg` or `_gt`. Of two files of one
    name, the mask is the one in a folder such as `masks`, `gt`, `grounds`, `ground_truth` or
    `annotations`, or with that ending, or, in one folder, the PNG beside a JPEG. Each image is its
    own patient, and its label is "scene".

    Raises InputError with every name that has no partner or that is not clear, and what else is
    there.
    """
    from pleura.data.image_files import images_in, passed_over  # readers, which a list needs not

    if not files.is_dir():
        raise InputError(f"{files}: there is no such folder")
    groups: dict[str, list[Path]] = defaultdict(list)
    there, others, _ = images_in(files)
    for path in there:
        groups[MASK_ENDING.sub("", path.stem)].append(path)
    rows, problems = [], []
    for stem, paths in groups.items():
        masks = _masks_among(paths)
        images = [path for path in paths if path not in masks]
        if len(masks) == len(images) == 1:
            image, mask = files / images[0], files / masks[0]
            rows.append({"image": image, "mask": mask, "label": "scene", "patient": stem})
        else:
            names = ", ".join(path.as_posix() for path in paths)
            problems.append(
                f"{stem}: {count(len(images), 'image')}, {count(len(masks), 'mask')} ({names})"
            )
    if problems or not rows:
        problems = problems or ["no image is there"]
        raise InputError(
            f"{files}: every image needs one mask of the same name; put images under images/ and "
            "masks under masks/",
            [*problems, *([passed_over(files, others)] if others else [])],
        )
    yield from rows


def _masks_among(paths: list[Path]) -> list[Path]:
    """Which of some files of one name are masks."""
    named = [path for path in paths if MASK_ENDING.search(path.stem) or _in_masks(path)]
    if 0 < len(named) < len(paths):
        return named
    side_by_side = len({path.parent for path in paths}) == 1
    return [path for path in paths if path.suffix.lower() == ".png"] if side_by_side else []


def _in_masks(path: Path) -> bool:
    return any(MASK_WORDS.search(part.lower()) for part in path.parent.parts)

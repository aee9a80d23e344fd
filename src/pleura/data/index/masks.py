"""Which files of a folder are masks of other files: they get a column, and no row of their own."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from pleura.data.image_files import ENDINGS
from pleura.data.index.found import LeftOut
from pleura.data.readers import ReadError, read_image
from pleura.data.sources.pairs import MASK_ENDING, MASK_WORDS

ALONE = "called as a mask, but which image it is of is not clear"
SEVERAL = "called as masks, but several are of one image"
PICTURES = "in a folder called as one of masks, which holds pictures; rename it to index them"
SAMPLES = 3  # files of a folder that are decoded to see whether they are masks
LEVELS = 8  # gray levels of a mask, be it a label of each structure, that hold most of it
SHARE = 0.9  # of its pixels: the edges of a mask that was kept as a JPEG are noise
_BEFORE = re.compile(r"^mask[ _-]", re.IGNORECASE)
_OF_IMAGES = re.compile(r"(^|[^a-z])(images?|imgs?|pictures?|scans?)($|[^a-z])")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")  # leftMask


def without_masks(
    folder: Path, paths: Sequence[Path], left_out: LeftOut
) -> tuple[list[Path], dict[Path, Path]]:
    """The `paths` from `folder` that are no masks, and the mask of each image that has one.

    A mask has its image's name, or that name and `_mask`, `_seg` or `_gt`, and by this ending or by
    a folder such as `masks` or `annotations` it is told from the image. Its image lies beside it,
    or beside the folder of masks, in the same folders (`a/images/p1/x`, `a/masks/p1/x`), or it is
    the only one of its name. What is called as a mask and whose image is not clear is `left_out`;
    so are pictures in a folder that is called as one of masks, a few of which are decoded.
    """
    called = {path: at for path in paths if (at := _mask_folder(path)) is not None}
    pictures = _pictures(folder, [path for path in called if not _is_named(path)], called)
    for path in pictures:
        left_out.add(path, PICTURES)
    images = [path for path in paths if path not in called]
    of_name: dict[str, list[Path]] = {}
    for path in images:
        of_name.setdefault(_stem(path), []).append(path)
    with_images = {path.parent for path in images}
    masks_of: dict[Path, list[Path]] = {}
    alike: dict[str, int] = {}
    masks = [path for path in called if path not in pictures]
    for mask in masks:
        alike[_bare(mask)] = alike.get(_bare(mask), 0) + 1
    for mask in masks:
        same = of_name.get(_bare(mask), [])
        near = _nearest(mask, called[mask], same)
        alone = len(same) == 1 == alike[_bare(mask)] and mask.parent not in with_images
        image = near[0] if len(near) == 1 else same[0] if not near and alone else None
        if image is None:
            left_out.add(mask, ALONE)
        else:
            masks_of.setdefault(image, []).append(mask)
    for several in masks_of.values():
        for mask in several if len(several) > 1 else ():
            left_out.add(mask, SEVERAL)
    return images, {image: of[0] for image, of in masks_of.items() if len(of) == 1}


def _mask_folder(path: Path) -> int | None:
    """The place of the folder of masks among those of a path, -1 where its own name alone says that
    it is a mask; None for an image. Of folders the last one that says something counts."""
    for at in reversed(range(len(path.parts) - 1)):
        name = _HUMP.sub("_", path.parts[at]).lower()
        if MASK_WORDS.search(name):
            return at
        if _OF_IMAGES.search(name):
            break
    return -1 if _is_named(path) else None


def _is_named(path: Path) -> bool:
    return bool(MASK_ENDING.search(_stem(path)) or _BEFORE.search(_stem(path)))


def _stem(path: Path) -> str:
    """The name without the ending of an image: the last number of a UID is none."""
    return path.stem if path.suffix.lower() in ENDINGS else path.name


def _bare(mask: Path) -> str:
    """The name of a mask's image."""
    return _BEFORE.sub("", MASK_ENDING.sub("", _stem(mask)))


def _nearest(mask: Path, at: int, images: Sequence[Path]) -> list[Path]:
    """Which of the `images` of a mask's name lie nearest: in its own folder; or, with the folder of
    masks at the place `at` of its path left out or called otherwise, in the same folders; or
    anywhere beside that folder."""
    if beside := [image for image in images if image.parent == mask.parent]:
        return beside
    if at < 0:
        return []
    above, below = mask.parts[:at], mask.parts[at + 1 : -1]

    def folders(image: Path) -> tuple[str, ...]:
        return image.parts[at:-1]

    inside = [image for image in images if image.parts[:at] == above]
    alike = [image for image in inside if below in (folders(image), folders(image)[1:])]
    return alike or inside


def _pictures(folder: Path, masks: Iterable[Path], at: dict[Path, int]) -> set[Path]:
    """The files of those folders of masks in which some of a few files show pictures."""
    files_of: dict[tuple[str, ...], list[Path]] = {}
    for path in masks:
        files_of.setdefault(path.parts[: at[path] + 1], []).append(path)
    found: set[Path] = set()
    for files in files_of.values():
        if any(_is_picture(folder / path) for path in files[:: max(1, len(files) // SAMPLES)]):
            found.update(files)
    return found


def _is_picture(path: Path) -> bool:
    """Whether an image has more gray levels than a mask; False where it cannot be read."""
    try:
        pixels = read_image(str(path)).pixels
    except ReadError:
        return False
    _, counts = np.unique(pixels, return_counts=True)
    return bool(np.sort(counts)[-LEVELS:].sum() < SHARE * pixels.size)

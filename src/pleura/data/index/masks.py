"""Which files of a folder are masks of other files: they get a column, and no row of their own."""

from collections.abc import Sequence
from pathlib import Path

from pleura.data.sources.pairs import MASK_ENDING, MASK_WORDS


def without_masks(paths: Sequence[Path]) -> tuple[list[Path], dict[Path, Path]]:
    """The files that are no masks, and the mask of each that has one.

    A mask has its image's name, or that name and `_mask` or `_gt`, and by this ending or by a
    folder such as `masks` or `annotations` it is told from the image. Where it is not clear which
    image a mask is of, it stays a file like any other.
    """
    of_name: dict[str, list[Path]] = {}
    for path in paths:
        of_name.setdefault(MASK_ENDING.sub("", path.stem), []).append(path)
    pairs = {}
    for files in of_name.values():
        masks = [path for path in files if _is_mask(path)]
        if len(files) == 2 and len(masks) == 1:
            (image,) = set(files) - set(masks)
            pairs[image] = masks[0]
    taken = set(pairs.values())
    return [path for path in paths if path not in taken], pairs


def _is_mask(path: Path) -> bool:
    in_masks = any(MASK_WORDS.search(part.lower()) for part in path.parent.parts)
    return in_masks or bool(MASK_ENDING.search(path.stem))

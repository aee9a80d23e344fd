"""Finds the images in a folder by the endings of their names, and what else is there."""

from collections import Counter
from pathlib import Path

from pleura.data.readers.listed import READERS
from pleura.wording import count

# A file that holds many images is named by itself.
ENDINGS = tuple(end for reader in READERS if not reader.many_images for end in reader.suffixes)


def images_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """The images of a folder at any depth, and its other files, both as sorted paths from `folder`.
    Hidden files, and those in hidden folders, are left out."""
    images: list[Path] = []
    others: list[Path] = []
    for path in sorted(folder.rglob("*")):
        file = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in file.parts):
            (images if file.suffix.lower() in ENDINGS else others).append(file)
    return images, others


def endings_of(files: list[Path]) -> str:
    """How many files have which ending: `2 .bmp, 1 .gif, 1 without ending`."""
    counts = Counter(file.suffix.lower() or "without ending" for file in files)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number:,} {ending}" for ending, number in ordered)


def passed_over(folder: Path, others: list[Path]) -> str:
    """A sentence on the files of a folder that are no images, judged by their names."""
    return (
        f"{folder}: {count(len(others), 'file')} passed over ({endings_of(others)}); "
        f"images are {', '.join(ENDINGS)}"
    )

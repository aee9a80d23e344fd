"""Finds the images in a folder by the endings of their names, and what else is there."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pleura.data.readers.dicom.header import is_unnamed_dicom
from pleura.data.readers.listed import READERS
from pleura.data.system_files import SystemFiles, is_of_system
from pleura.errors import InputError
from pleura.wording import count

# A file that holds many images is named by itself.
ENDINGS = tuple(end for reader in READERS if not reader.many_images for end in reader.suffixes)


class Inside(NamedTuple):
    """What is in a folder, as sorted paths from it: images, other files, and what is of the
    system."""

    images: list[Path]
    others: list[Path]
    of_system: SystemFiles


def images_in(folder: Path) -> Inside:
    """The images of a folder at any depth, and what else is there.

    DICOM whose name has no ending is told by its contents. Links to folders are followed, and a
    link with the name of an image counts as one even where its file is gone, so that this is told
    by whoever reads it. Hidden folders, and those that a system keeps for itself, are not looked
    into. Raises InputError for a folder that cannot be listed.
    """
    images: list[Path] = []
    others: list[Path] = []
    of_system: list[Path] = []
    closed: list[Path] = []
    for path in sorted(_files_in(folder, closed)):
        if is_of_system(path.name):
            of_system.append(path)
            continue
        known = is_image(folder / path)
        if (folder / path).is_file() or (known and (folder / path).is_symlink()):
            (images if known else others).append(path)
    return Inside(images, others, SystemFiles(of_system, sorted(closed)))


def is_image(path: Path) -> bool:
    """Whether a file is an image by the ending of its name, or DICOM without an ending."""
    return path.suffix.lower() in ENDINGS or is_unnamed_dicom(path)


def _files_in(folder: Path, closed: list[Path]) -> Iterator[Path]:
    """All that is no folder, as paths from `folder`; folders of the system are put to `closed`."""
    for here, folders, files in walked(folder, _refuse, lambda again: None):
        inside = Path(here).relative_to(folder)
        closed += [inside / name for name in folders if is_of_system(name)]
        folders[:] = [
            name for name in folders if not is_of_system(name) and not leads_back(here, name)
        ]
        yield from (inside / name for name in files)


def walked(
    folder: Path, refused: Callable[[OSError], None], again: Callable[[Path], None]
) -> Iterator[tuple[str, list[str], list[str]]]:
    """What `os.walk` gives, with links to folders followed, and each folder once: of folders that
    link to each other there are more ways than anybody can walk. Folders themselves come before
    links to them, of which `again` hears. Names that are taken out of the folders are not
    followed."""
    seen: set[str] = set()
    ways = [folder]
    for way in ways:
        for here, folders, files in os.walk(way, onerror=refused):
            real = os.path.realpath(here)
            if real in seen:
                again(Path(here))
                folders.clear()
                continue
            seen.add(real)
            yield here, folders, files
            ways += [Path(here, name) for name in folders if Path(here, name).is_symlink()]


def leads_back(here: str, name: str) -> bool:
    """Whether a link in the folder `here` leads to a folder on the way to it, or to one that holds
    such a folder: followed, it would come back for ever."""
    link, way = Path(here, name), [Path(here), *Path(here).parents]
    if not link.is_symlink():
        return False
    target = link.resolve()
    return any(folder.resolve().is_relative_to(target) for folder in way)


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: the folder cannot be listed ({error.strerror})")


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

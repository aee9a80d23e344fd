"""Files and folders that systems and programs keep beside those of a user: none is an image of his,
a mask or a class."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pleura.wording import count

# Small letters. What the archives of a Mac hold beside each file, thumbnails and bins of network
# drives, what Windows and file systems keep.
FOLDERS = frozenset({
    *("__macosx", "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot"),
    *("$recycle.bin", "recycler", "system volume information", "lost+found"),
})  # fmt: skip
FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})
# Hidden names that tell nothing of a patient.
TELL_NOTHING = frozenset({
    *(".ds_store", ".directory", ".git", ".gitignore", ".svn", ".ipynb_checkpoints"),
    *(".thumbnails", ".@__thumb", ".trashes", ".spotlight-v100", ".fseventsd"),
})  # fmt: skip
BESIDE = "._"  # how the name begins of what a Mac keeps beside a file on other systems' disks
LEFT_OUT = "hidden or kept by a system for itself"


class SystemFiles(NamedTuple):
    """Such files, and such folders, which are not looked into, as paths."""

    files: Sequence[Path]
    folders: Sequence[Path]

    def lines(self) -> Iterator[str]:
        """A sentence on each of the two: how many there are, and by which names. No name is in it
        that tells more than what kind of file it is."""
        for noun, paths in (("file", self.files), ("folder", self.folders)):
            if paths:
                counts = Counter(map(_kind, paths))
                ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
                kinds = ", ".join(f"{number:,} {kind}" for kind, number in ordered)
                yield f"{count(len(paths), noun)} left out, {LEFT_OUT}: {kinds}"


def is_of_system(name: str) -> bool:
    """Whether a file or folder is hidden or one that a system keeps for itself, by its name."""
    return name[0] == "." or name.casefold() in FOLDERS | FILES


def _kind(path: Path) -> str:
    """`.DS_Store`, `._*`, or `.*.png` of other hidden files."""
    if path.name.startswith(BESIDE):
        return f"{BESIDE}*"
    known = path.name.casefold() in FOLDERS | FILES | TELL_NOTHING
    return path.name if known else f".*{path.suffix}"

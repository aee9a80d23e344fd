"""Finds the files of the rows of POCUS, whose names differ from them by case and by blanks."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

Cells = Mapping[str, str]


def exact(name: str) -> str:
    """The name as it is."""
    return name


def folded(name: str) -> str:
    """The name without blanks around it, in small letters."""
    return name.strip().casefold()


# How a name is compared, the surest way first.
LIKENESSES: tuple[Callable[[str], str], ...] = (exact, str.strip, folded)


def files_of(rows: Sequence[Cells], files: Sequence[Path]) -> list[Path | None]:
    """The file of each row, None where it has none or where it is not clear which one it has.

    A file is that of one row. It is the one of the row's probe and kind (clip or still) that is
    called as the row, else any that is called so; names of another spelling come after all that
    are the same. Where several rows or files would do equally well, none is taken.
    """
    found: list[Path | None] = [None] * len(rows)
    for likeness in LIKENESSES:
        for placed in (True, False):
            taken = set(found)
            pairs = [
                (at, path)
                for at, path in _alike(rows, files, likeness)
                if found[at] is None
                and path not in taken
                and (not placed or _in_place(rows[at], path))
            ]
            of_rows, of_files = Counter(at for at, _ in pairs), Counter(path for _, path in pairs)
            for at, path in pairs:
                if of_rows[at] == of_files[path] == 1:
                    found[at] = path
    return found


def _alike(
    rows: Sequence[Cells], files: Sequence[Path], likeness: Callable[[str], str]
) -> Iterator[tuple[int, Path]]:
    """The pairs of a row and a file of the same name, by one way to compare them."""
    for at, row in enumerate(rows):
        name = likeness(row["Filename"])
        yield from ((at, path) for path in files if likeness(path.stem) == name)


def _in_place(row: Cells, path: Path) -> bool:
    """Whether a file is in a folder of the row's probe, among clips or among stills as the row
    says."""
    folders = {part.casefold() for part in path.parts}
    kind = "pocus_videos" if row["Type"].casefold() == "video" else "pocus_images"
    return {row["Probe"].casefold(), kind} <= folders

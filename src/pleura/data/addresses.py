"""Where the files of a table lie on this disk, however their names are written."""

import os
import re
from pathlib import Path

from pleura.data.names import composed, is_missing
from pleura.data.readers import split_address

WINDOWS = re.compile(r"(?:^|/)(?:[A-Za-z]:[\\/]|\\\\)")  # where a whole path of Windows begins
SLASHED = os.sep == "/"


class Addresses:
    """The files that the cells of a table name, by paths from `folder` or by whole paths.

    A cell names a file even where accented letters are one character in one and two characters in
    the other, whether `\\` or `/` stands between folders, and in another case where no other name
    differs in case only. Each folder is listed once. `outside`
    holds the addresses found so far whose relative paths leave the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.outside: set[str] = set()
        self._listed: dict[str, dict[str, list[str]]] = {}

    def find(self, cell: str) -> str:
        """The normalised address in a cell, with the file called as it is on disk.

        It is "" for an empty cell, and the address as it is written where there is no such file.
        """
        if not cell:
            return ""
        name, mark, member = cell.partition("::")
        written = self._within(name)
        address = f"{self._on_disk(written, name) or written}{mark}{member}"
        if self.climbs(cell):
            self.outside.add(address)
        return address

    def climbs(self, cell: str) -> bool:
        """Whether a relative path leaves its folder, as in a table that somebody else has made."""
        forms = dict.fromkeys((cell, with_slashes(cell)))
        return any(os.path.normpath(form).split(os.sep, 1)[0] == os.pardir for form in forms)

    def _within(self, name: str) -> str:
        # Both take a whole path as it is; a `Path` for each of many cells takes most of the time.
        return os.path.normpath(os.path.join(self.folder, name))  # noqa: PTH118

    def _on_disk(self, written: str, name: str) -> str | None:
        slashed = self._within(with_slashes(name))
        for path in dict.fromkeys((written, slashed)):
            if os.path.exists(path):  # noqa: PTH110 (Path fails on a long name)
                return path
        return self._respelled(slashed)

    def _respelled(self, path: str) -> str | None:
        """The path of a file on disk whose name, or a folder in whose path, is stored in another
        Unicode form or case than `path` has. None where there is no such file, or where several
        names are `path` in another case."""
        on_disk = Path(path).anchor
        for part in Path(path).parts[1:]:
            here = os.path.join(on_disk, part)  # noqa: PTH118
            if not os.path.exists(here):  # noqa: PTH110
                names = self._names(on_disk).get(composed(part).casefold(), [])
                same = [name for name in names if composed(name) == composed(part)]
                if len(same or names) != 1:
                    return None
                here = os.path.join(on_disk, (same or names)[0])  # noqa: PTH118
            on_disk = here
        return on_disk

    def _names(self, folder: str) -> dict[str, list[str]]:
        """What lies in a folder: names on disk, by their composed form in lower case."""
        if folder not in self._listed:
            by_form = self._listed[folder] = {}
            try:
                for name in sorted(os.listdir(folder)):  # noqa: PTH208 (as above)
                    by_form.setdefault(composed(name).casefold(), []).append(name)
            except (OSError, ValueError):
                pass
        return self._listed[folder]


def on_disk(address: str) -> str:
    """The address of a file, called as it is on disk where `Addresses` finds it there only under
    another form of its name; else as it is given."""
    path, _ = split_address(address)
    if os.path.exists(path):  # noqa: PTH110 (as above)
        return address
    candidate = Addresses(Path.cwd()).find(address)
    return candidate if os.path.exists(split_address(candidate)[0]) else address  # noqa: PTH110


def why_missing(address: str) -> str:
    """Why there is probably no file at an address, to follow the words "no such file"; or ""."""
    file = split_address(address)[0]
    if is_missing(file.name):
        return f" ({file.name!r} names no file; leave such cells empty)"
    if SLASHED and WINDOWS.search(str(file)):
        return " (a path of Windows; write paths from the table's own folder, with /)"
    return ""


def with_slashes(cell: str) -> str:
    """A path with `/` between folders, also where it was written on Windows."""
    return cell.replace("\\", "/") if SLASHED else cell

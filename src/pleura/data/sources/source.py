"""A public collection: where it lies, what it is, under which terms, and how its layout is read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

Row = Mapping[str, object]
"""One image by the columns of images.csv; `image` and `mask` are whole paths, `image` with `::` and
a member where it lies in a file of many."""
Rows = Callable[[Path, Path], Iterable[Row]]
"""The rows of a source from the folder with its files; what has to be made for them, such as masks,
is written to the second folder, that of images.csv. Raises InputError for another layout."""

UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9}
PACKED = (".zip", ".tar.gz", ".tgz", ".tar")


@dataclass(frozen=True)
class Archive:
    """A file at `url`: a zip or tar file, which is unpacked, or a table or an `.npz`, which is not.

    `sha256` and `md5` are hexadecimal, "" where nobody has published one. `file` is the file's name
    where the address does not end in it.
    """

    url: str
    sha256: str = ""
    md5: str = ""
    file: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file or self.url.rsplit("/", 1)[1]

    @property
    def packed(self) -> bool:
        """Whether it is unpacked."""
        return self.name.endswith(PACKED)

    def kept(self, folder: Path) -> Path:
        """Where it lies in the folder of its source."""
        return folder / ("archives" if self.packed else "files") / self.name

    def files(self, folder: Path) -> Path:
        """The folder that it is unpacked to; itself, where it is not packed."""
        return folder / "files" / self.name.split(".")[0] if self.packed else self.kept(folder)


@dataclass(frozen=True)
class Source:
    """A collection of images as its authors publish it.

    `images` is how many its authors publish, 0 where that is not known. `labels` are the columns
    that say what an image shows. `size` is that of its
    download, in words. Where an account or an agreement is needed, there are
    no `archives` and `access` says how to get them; `patients` says what would tell patients where
    that lies elsewhere, and `note` what whoever gets it must know, in one line. A source made of
    `parts` lists their images together. Where the authors state no licence, `licence` says so;
    their page and paper are the terms then.
    """

    name: str
    what: str
    archives: tuple[Archive, ...]
    page: str
    licence: str
    citation: str
    rows: Rows | None = None
    images: int = 0
    size: str = ""
    access: str = ""
    patients: str = ""
    note: str = ""
    parts: tuple["Source", ...] = ()
    labels: tuple[str, ...] = ("label",)

    @property
    def bytes(self) -> int:
        """The length of its download as `size` says it, 0 where it does not."""
        number, _, unit = self.size.partition(" ")
        return round(float(number) * UNITS[unit]) if unit in UNITS else 0

    @property
    def unpacked(self) -> bool:
        """Whether it takes its size again once it is there."""
        return any(archive.packed for archive in self.archives)

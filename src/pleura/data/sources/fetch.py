"""Downloads a collection, checks and unpacks it, and lists it in a manifest."""

from collections.abc import Callable
from pathlib import Path

import pooch

from pleura.data.sources.archive import unpack
from pleura.data.sources.pairs import write_pairs
from pleura.data.sources.source import Archive, Source
from pleura.errors import InputError, PleuraError
from pleura.files import digest_file, write_atomically, write_text

CHUNK = 2**16  # bytes
WAIT = 30  # seconds without a byte

Progress = Callable[[str, int, int], None]


def fetch_source(source: Source, folder: Path, progress: Progress | None = None) -> Path:
    """Put a collection into `folder` and return the path of its images.csv.

    Archives that are there are checked and used, so an archive can be downloaded by hand. Where no
    checksum is published, that of the first download is written beside it (`.sha256`) and checked
    from then on. Half a download is never used. `progress(what, done, total)` counts bytes.

    Raises PleuraError where there is no network, InputError for a wrong checksum and for an archive
    that cannot be unpacked safely.
    """
    for archive in source.archives:
        path = folder / "archives" / archive.name
        if not path.exists():
            _download(archive, path, source.page, progress)
        digest = _verify(archive, path, path)
        files = folder / "files" / path.name.split(".")[0]
        if not files.exists():
            files.parent.mkdir(parents=True, exist_ok=True)
            unpack(path, files)
        # Only now: a page that a host sends in the place of an archive must not be the standard.
        if not archive.sha256:
            write_text(_note(path), f"{digest}  {path.name}\n")
    return write_pairs(folder, source=source.name)


def _download(archive: Archive, path: Path, page: str, progress: Progress | None) -> None:
    bar = _Bar(archive.name, progress) if progress else False
    try:
        with write_atomically(path) as temporary:
            pooch.HTTPDownloader(bar, CHUNK, timeout=WAIT)(archive.url, str(temporary), None)
            _verify(archive, temporary, path)
    except OSError as error:
        raise PleuraError(
            f"cannot download {archive.url}: {error}\n"
            f"  - without a network, get it elsewhere and put it at {path}; its page is {page}\n"
            "  - synthetic scenes need no download: pleura scenes FOLDER"
        ) from error


def _verify(archive: Archive, file: Path, path: Path) -> str:
    """The SHA-256 of `file`, which is or will be at `path`. Raises InputError if it is not the
    right one."""
    note = _note(path)
    noted = note.read_text(encoding="utf-8").split()[0] if note.exists() else ""
    expected, digest = archive.sha256 or noted, digest_file(file)
    if expected and digest != expected:
        origin = "published" if archive.sha256 else f"of the first download, in {note.name}"
        raise InputError(
            f"{path}: wrong checksum; SHA-256 is {digest}, not {expected} ({origin})",
            [f"delete {path} if it is there and fetch again; it may be damaged, or replaced"],
        )
    return digest


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


class _Bar:
    """Passes on what pooch says of a download."""

    def __init__(self, what: str, progress: Progress) -> None:
        self.what, self.progress = what, progress
        self.done, self.total = 0, 0

    def update(self, count: int) -> None:
        self.done = min(self.done + count, self.total) if self.total else self.done + count
        self.progress(self.what, self.done, self.total)

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        pass

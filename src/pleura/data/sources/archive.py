"""Unpacks archives as a whole or not at all, and never outside of their folder."""

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from gzip import BadGzipFile
from pathlib import Path, PureWindowsPath

from pleura.errors import InputError, refuse
from pleura.files import naming, put_in_place

DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, BadGzipFile, zlib.error, EOFError),
    NotImplementedError,  # a compression that nobody knows
)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip or tar file to `folder`, which appears once everything is in it.

    Raises InputError for a file that is neither, is damaged, or has a member that would lie
    outside the folder or is neither a file nor a folder; OSError naming `folder` for a full disk.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        if zipfile.is_zipfile(archive):
            with naming(folder), zipfile.ZipFile(archive) as zipped:
                _refuse(archive, (name for name in zipped.namelist() if _climbs(name)))
                partial.mkdir(parents=True)
                zipped.extractall(partial)
        else:
            with naming(folder), tarfile.open(archive) as tar:
                members = tar.getmembers()
                odd = (m.name for m in members if _climbs(m.name) or not (m.isfile() or m.isdir()))
                _refuse(archive, odd)
                partial.mkdir(parents=True)
                tar.extractall(partial, members, filter="data")
                # To its end, where the checksum of all that was packed stands.
                while tar.fileobj and tar.fileobj.read(2**20):
                    pass
        put_in_place(partial, folder)
    except DAMAGED as error:
        raise InputError(
            f"{archive}: neither a whole zip nor a whole tar file: {_why(archive, error)}",
            ["delete it and get it again; where that does not help, see the source's page"],
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _why(archive: Path, error: Exception) -> str:
    """What is wrong with a file, by its first bytes where these say more than the error does."""
    # Of a file that is nothing tarfile lists, in as many lines, every way in which it is not.
    said = " ".join(str(error).split("\n")[0].rstrip(":").split()) or type(error).__name__
    if not isinstance(error, tarfile.ReadError):
        return said
    with archive.open("rb") as file:
        start = file.read(512).lstrip()
    if not start:
        return "it is empty"
    if start.startswith(b"<"):
        return "it is a web page, which a host may send in the place of a file"
    if start.startswith(b"PK"):
        return "the end of a zip file is missing or damaged"
    if start.startswith(b"\x1f\x8b"):
        return "what is packed with gzip is damaged or no tar file"
    return said


def _climbs(name: str) -> bool:
    # Windows' rules cover those of POSIX: either slash, drives, absolute paths.
    path = PureWindowsPath(name)
    return bool(path.anchor) or ".." in path.parts


def _refuse(archive: Path, names: Iterator[str]) -> None:
    refuse(
        f"{archive}: not unpacked, since it would write outside its folder or holds links",
        [repr(name) for name in names],
    )

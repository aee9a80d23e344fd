"""Unpacks archives as a whole or not at all, and never outside of their folder."""

import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from pleura.errors import InputError, refuse


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip or tar file to `folder`, which appears once everything is in it.

    Raises InputError for a file that is neither, is damaged, or has a member that would lie
    outside the folder or is neither a file nor a folder.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                _refuse(archive, (name for name in zipped.namelist() if _climbs(name)))
                partial.mkdir(parents=True)
                zipped.extractall(partial)
        else:
            with tarfile.open(archive) as tar:
                members = tar.getmembers()
                odd = (m.name for m in members if _climbs(m.name) or not (m.isfile() or m.isdir()))
                _refuse(archive, odd)
                partial.mkdir(parents=True)
                tar.extractall(partial, members, filter="data")
        partial.replace(folder)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, NotImplementedError) as error:
        raise InputError(
            f"{archive}: neither a whole zip nor a whole tar file ({error})",
            ["delete it and fetch again; where that does not help, see the collection's page"],
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _climbs(name: str) -> bool:
    # Windows' rules cover those of POSIX: either slash, drives, absolute paths.
    path = PureWindowsPath(name)
    return bool(path.anchor) or ".." in path.parts


def _refuse(archive: Path, names: Iterator[str]) -> None:
    refuse(
        f"{archive}: not unpacked, since it would write outside its folder or holds links",
        [repr(name) for name in names],
    )

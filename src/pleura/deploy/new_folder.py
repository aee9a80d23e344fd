"""A folder that leaves the house: it is whole or not there, and nothing of a user is in its way."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pleura.errors import InputError
from pleura.files import UMASK


def refuse_full(target: Path) -> None:
    """Raise InputError where `target` is no folder, or holds anything."""
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.is_dir():
        raise InputError(f"{target}: holds files already; name another folder, or empty it first")
    if target.exists() or target.is_symlink():
        raise InputError(f"{target}: is no folder; name another one")


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder beside `target`, which takes that name in one step when all went well, with the
    rights of other files of the user; else it goes. Raises InputError where none can be made."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    except OSError as error:
        raise InputError(
            f"{target}: cannot be written: {error.strerror}; name a folder where you may write"
        ) from error
    try:
        yield temporary
        temporary.chmod(0o777 & ~UMASK)
        with suppress(FileNotFoundError):
            target.rmdir()
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

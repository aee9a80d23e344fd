"""The secret text that keys the hashes of patients: made once, kept with the user."""

import os
import secrets
import stat
import uuid
from pathlib import Path

from pleura.errors import InputError
from pleura.files import drop, naming, put_in_place

BYTES = 32
ENDING = ".salt"
POSIX = os.name == "posix"  # elsewhere the bits of a mode do not say who may read a file


def salt_file(table: Path) -> Path:
    """Where the salt of a table lies unless the user says otherwise: `images.salt` beside it."""
    return table.with_suffix(ENDING)


def read_or_make_salt(path: Path) -> tuple[str, bool]:
    """The salt in a file, and whether it was made now; only its owner may read such a file.

    It is there whole or not at all. Raises InputError for a file without a text, or that others may
    read, and OSError that names the file where it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return _read(path), False
    salt = secrets.token_hex(BYTES)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with naming(path):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(f"{salt}\n")
                file.flush()
                os.fsync(descriptor)
            _name(temporary, path)
    except FileExistsError:  # another process was faster
        return _read(path), False
    except OSError as error:
        if str(error.filename) == str(temporary):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        drop(temporary)
    return salt, True


def _name(temporary: Path, path: Path) -> None:
    """Give the file its name. Raises FileExistsError where another has it."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError as error:  # a disk without links
        if path.exists():
            raise FileExistsError(path) from error
        put_in_place(temporary, path)


def read_salt(path: Path) -> str:
    """The salt in a file that is there; raises InputError as `read_or_make_salt`, and for a file
    that is not there."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the salt of the study's own table")
    return _read(path)


def _read(path: Path) -> str:
    if POSIX and stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(
            f"{path}: others may read this salt, and who has it can tell who is who; make it yours "
            f"alone (chmod 600 {path}), or keep it on another disk (--salt)"
        )
    try:
        salt = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: no text, so no salt; give another --salt") from error
    if not salt:
        raise InputError(
            f"{path}: the salt is empty; put back the one that was there, or take the file away to "
            "get another, with which all hashes are others"
        )
    return salt

"""Files that are whole or absent, and digests of contents."""

import errno
import hashlib
import json
import os
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from pleura.leases import LEASE, hold

UMASK = os.umask(0)  # what the system takes from the rights of files that this process makes
os.umask(UMASK)
# Seconds between tries to rename; elsewhere a refusal is final.
PAUSES = (0.01, 0.05, 0.2, 1.0, 3.0) if sys.platform == "win32" else ()
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}(\.|$)")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name `path` in errors of the system that name no file, such as that of a full disk.

    Raises OSError with the path and the reason.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        # Errors of a network are subclasses, and no file is to blame for them.
        if type(error) not in (OSError, SafetensorError) or getattr(error, "filename", None):
            raise
        number, reason = getattr(error, "errno", None), getattr(error, "strerror", None)
        message = f"cannot be written: {reason or f'the disk may be full ({error})'}"
        raise OSError(number or errno.EIO, message, str(path)) from error


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes the name `path`, on error it goes.

    The contents reach the disk before the name changes, so a reader finds the old file, the whole
    one or none, whatever happens to the process or the machine. It may be read by those who may
    read other files of the user, whoever wrote it. Raises OSError naming `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex}{path.suffix}")
    try:
        with naming(path):
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.chmod(0o666 & ~UMASK)
            put_in_place(temporary, path)
    except OSError as error:
        if error.filename == str(temporary):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        drop(temporary)


def put_in_place(temporary: Path, path: Path) -> None:
    """Give a file or folder the name `path`. Where the system does not let go of a file that
    somebody reads just then, as Windows does, that is waited for, a few seconds at most."""
    for pause in PAUSES:
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(pause)
    temporary.replace(path)


def drop(temporary: Path) -> None:
    """Take a temporary file away as far as the system lets: on a disk that cannot be written, why
    it was not made is to be told, and not that it cannot be taken away."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lease of a folder while files are made in it; `waiting` is called where another
    process holds it, until that is done. What a killed one left half-written goes."""
    folder.mkdir(parents=True, exist_ok=True)
    with hold(folder / LEASE, wait=True, waiting=lambda holder: waiting()):
        for path in filter(is_temporary, folder.glob(".*")):
            drop(path)
        yield


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    with write_atomically(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_mapping(path: Path) -> dict[str, Any]:
    """What a JSON file remembers; nothing where it is missing, damaged or holds no mapping."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def is_temporary(path: Path) -> bool:
    """Whether `write_atomically` gave the name; a process that was killed leaves such a file."""
    return bool(_TEMPORARY.search(path.name))


def state_of(path: Path) -> tuple[Path, int, int]:
    """A path with what changes where another file is put in the place of the one that is there: the
    time of its last change, in nanoseconds, and its length in bytes."""
    status = path.stat()
    return path, status.st_mtime_ns, status.st_size


def digest_file(path: Path) -> str:
    """SHA-256 of a file's contents, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_unchanged(path: Path) -> str:
    """SHA-256 as `digest_file` gives it, computed once for as long as the file's length and the
    time of its last change stay the same."""
    status = path.stat()
    return _digest(str(path), status.st_size, status.st_mtime_ns)


@cache
def _digest(path: str, size: int, changed: int) -> str:
    return digest_file(Path(path))


def digest_of(value: object) -> str:
    """SHA-256 of the canonical JSON of `value` (keys sorted; numbers, strings, lists, mappings)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

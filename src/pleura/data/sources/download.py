"""Downloads a file, going on where a broken connection left it."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from shutil import disk_usage
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError as BrokenConnection
from urllib3.exceptions import TimeoutError as NoByte

from pleura.errors import InputError, PleuraError
from pleura.files import digest_of, naming
from pleura.wording import how_often

CHUNK = 2**18  # bytes
WAIT = 30  # seconds without a byte
TRIES = 3  # in a row that bring no byte more than those before
PAUSE = 3.0  # seconds before such a try

Progress = Callable[[str, int, int], None]
"""Called with a file's name, bytes done and bytes in all; or with what is being done and twice 0,
where nothing can be counted."""
Announce = Callable[[str], None]


def quiet(*_: object) -> None:
    """Progress that is shown nowhere, and what is announced to nobody."""


def download(url: str, path: Path, progress: Progress = quiet, announce: Announce = quiet) -> Path:
    """Download a file to a hidden file beside `path`, which becomes `path` once it is checked.

    A connection that breaks is taken up again where it broke, and so is an earlier download of the
    same file, if the server can send a part; else what there is goes. `progress` hears for what is
    waited, and `announce` of every try. Raises InputError where the
    disk has not the room, PleuraError where the file cannot be had, OSError where it cannot be
    written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    most, in_vain = 0, 0
    host = urlsplit(url).netloc
    announce(f"{path.name}: asking {host}")
    while True:
        again = f", try {in_vain + 1} of {TRIES}" if in_vain else ""
        progress(f"{path.name}: waiting for {host}{again}", 0, 0)
        try:
            with _ask(url) as answer:
                file = _Partial(path, url, answer)
                if file.total and file.size() == file.total:
                    return file.path
                file.make_room()
                if file.size():
                    with _ask(url, file.size()) as rest:
                        file.receive(rest, progress)
                else:
                    file.receive(answer, progress)
            if file.size() == (file.total or file.size()):
                return file.path
            error: Exception = EOFError(f"{file.size():,} of {file.total:,} bytes came")
        except (requests.RequestException, BrokenConnection) as broken:
            if isinstance(broken, requests.HTTPError):
                raise PleuraError(str(broken)) from broken
            error = broken
        done = _longest(path)
        in_vain = in_vain + 1 if done <= most else 0
        most = max(most, done)
        if in_vain == TRIES:
            raise PleuraError(f"{_why(error, host)}, {how_often(TRIES)} in a row") from error
        then = f"try {in_vain + 1} of {TRIES}" if in_vain else f"going on behind {in_bytes(done)}"
        announce(f"{path.name}: {_why(error, host)}; {then}")
        time.sleep(PAUSE if in_vain else 0)


def _why(error: Exception, host: str) -> str:
    """What went wrong with a connection, in words."""
    if isinstance(error, EOFError):
        return str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return f"the certificate of {host} is not accepted here, as behind some proxies"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy on the way to {host} refuses or does not answer"
    if isinstance(error, requests.Timeout | NoByte):
        return f"{host} said nothing for {WAIT:g} s"
    return f"{host} cannot be reached, or the connection broke"


def _ask(url: str, start: int = 0) -> requests.Response:
    """The answer of the server, with the file's bytes from `start` on if it can send a part."""
    # As it is stored: lengths and parts are of that.
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    answer = requests.get(url, headers=headers, stream=True, timeout=WAIT)
    answer.raise_for_status()
    return answer


def _longest(path: Path) -> int:
    """How many bytes of a file are there."""
    return max(
        (part.stat().st_size for part in path.parent.glob(f".{path.name}.*.part")), default=0
    )


class _Partial:
    """What is there of a file, called by what the server says of the file, so that the parts of two
    versions never become one."""

    def __init__(self, path: Path, url: str, answer: requests.Response) -> None:
        self.name, self.folder = path.name, path.parent
        self.total = int(answer.headers.get("Content-Length") or 0)
        version = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        mark = digest_of([url, self.total, version])[:16]
        self.path = self.folder / f".{path.name}.{mark}.part"
        # A server that sends no part, or does not say how long a file is, starts anew each time.
        self.goes_on = bool(self.total) and answer.headers.get("Accept-Ranges") == "bytes"
        for part in self.folder.glob(f".{path.name}.*.part"):
            if part != self.path or not self.goes_on or self.size() > self.total:
                part.unlink()

    def size(self) -> int:
        """How many bytes are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def make_room(self) -> None:
        """Raise InputError where the rest does not fit on the disk."""
        needed, free = self.total - self.size(), disk_usage(self.folder).free
        if needed > free:
            raise InputError(
                f"{self.folder}: the disk is full: {in_bytes(needed)} of {self.name} are still to "
                f"come, and {in_bytes(free)} are free",
                ["free some, or give a folder on another disk; what has come is kept"],
            )

    def receive(self, answer: requests.Response, progress: Progress) -> None:
        """Write what the server sends behind what is there, or, where it sends the whole file, in
        its place."""
        part = answer.status_code == requests.codes.partial_content
        broken = True
        try:
            with naming(self.path), self.path.open("ab" if part else "wb") as file:
                for chunk in answer.raw.stream(CHUNK, decode_content=False):
                    file.write(chunk)
                    progress(self.name, file.tell(), self.total or file.tell())
                file.flush()
                os.fsync(file.fileno())
            broken = False
        finally:
            if not self.goes_on and (broken or self.size() < self.total):
                self.path.unlink(missing_ok=True)


def in_bytes(number: float) -> str:
    """`640 kB`, `1.2 GB`: bytes by the thousand."""
    for unit in ("bytes", "kB", "MB"):
        if number < 999.5:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:,.1f} GB"

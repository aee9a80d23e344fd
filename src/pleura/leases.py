"""Leases: a name that one process at a time holds, on any disk, shared ones included.

No lock of the system is used, since those of a shared disk cannot be trusted. A lease is a file
that is made only where it is not there yet, which every disk does for one process alone. Its holder
writes into it every few seconds; whoever wants the name, too, watches by a clock of its own whether
that goes on, so that clocks of machines may differ.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pleura.errors import PleuraError
from pleura.holders import Holder, parsed, this_process, with_beat

LEASE = ".lease"  # what the name of a folder's lease is
BEAT_SECONDS = 10.0  # between two signs of life
EXPIRY_SECONDS = 60.0  # without one a holder counts as gone
LOOK_SECONDS = 0.2
READ_TRIES, READ_SECONDS = 10, 0.02  # of a lease that is just being written


class HeldError(PleuraError):
    """The name is held by another process, `holder`."""

    def __init__(self, name: Path, holder: Holder) -> None:
        super().__init__(f"{name.parent}: held by {holder}")
        self.holder = holder


class Lease:
    """A name that this process holds while `holds` says so.

    `number` counts who has held it: it is one more than that of the holder before, who was gone.
    """

    def __init__(self, name: Path, number: int) -> None:
        self.name, self.number = name, number
        self.path = _file(name, number)
        self._holder = with_beat(this_process(), 0)
        self._doing: Mapping[str, Any] = {}
        self._over, self._writing = threading.Event(), threading.Lock()
        # Two processes may find the same holder gone: the disk lets one of them make the file.
        descriptor = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(self._holder)))
        self._beating = threading.Thread(target=self._beat, daemon=True)
        self._beating.start()

    @property
    def token(self) -> str:
        """An identifier that no other lease has."""
        return self._holder.token

    def holds(self) -> bool:
        """Whether this process still holds the name.

        Another process may have taken the name over while this one was paused for long. A file that
        cannot be read is read again a few times, and then counts as held: disks fail for a moment,
        and a process that takes the name over leaves a file with a higher number.
        """
        for _ in range(READ_TRIES):
            try:
                if max(_numbers(self.name), default=self.number) > self.number:
                    return False
                with self._writing:
                    holder = _read(self.path)
                if holder.token or holder.free or not self.path.exists():
                    return holder.token == self.token
            except OSError:
                pass
            time.sleep(READ_SECONDS)
        return True

    def tell(self, doing: Mapping[str, Any]) -> None:
        """Set what other processes can read about the work, from the next sign of life on."""
        self._doing = dict(doing)

    def release(self) -> None:
        """Release the name, so that another process can hold it."""
        self._over.set()
        self._beating.join()
        _drop_earlier(self.name, self.number)
        for _ in range(READ_TRIES):  # on some systems a file that is read cannot be deleted
            try:
                holder = parsed(self.path.read_text(encoding="utf-8"))
                if holder.token == self.token:
                    self.path.unlink()
                if holder.token or holder.free:
                    return
            except FileNotFoundError:
                return
            except OSError:
                pass
            time.sleep(READ_SECONDS)
        _set_free(self.path)  # since this process may live on

    def _beat(self) -> None:
        beat = 0
        while not self._over.wait(BEAT_SECONDS):
            if not self.holds():
                return
            beat += 1
            holder = with_beat(self._holder, beat, self._doing)
            # Never makes the file anew: whoever took it away holds the name; nor writes over what
            # another has written, as in the place of one who was paused just now.
            with (
                suppress(OSError),
                self._writing,
                self.path.open("r+", encoding="utf-8") as file,
            ):
                if self.token not in file.read():
                    continue  # a read may come back empty, as over a network: `holds` decides
                file.seek(0)
                file.write(json.dumps(asdict(holder)))
                file.truncate()


@contextmanager
def hold(
    name: Path,
    *,
    wait: bool,
    waiting: Callable[[Holder], None] = lambda holder: None,
    unless: Callable[[], bool] = lambda: False,
) -> Iterator[Lease | None]:
    """Hold a name, a path beside which files `NAME.0`, `NAME.1` and so on are made.

    Where another process holds the name, `waiting` is called once with the holder. Then `hold`
    waits until the name is free or the holder gives no sign of life for 60 seconds. When `unless`
    returns True, it stops waiting and yields None. Raises HeldError where `wait` is False and the
    process that holds the name is alive.
    """
    seen: tuple[Holder, float] | None = None
    told = False
    while True:
        if unless():
            yield None
            return
        newest = _newest(name)
        before = None if newest is None else _read(_file(name, newest))
        if before is None or before.has_ended or _is_silent(before, seen):
            lease = _take(name, newest)
            if lease is not None:
                break
            continue
        # What is half written says nothing, and is no sign that nobody holds either.
        is_news = seen is None or bool(before.token and before != seen[0])
        if not wait and (before.is_here or (is_news and seen is not None)):
            raise HeldError(name, before)
        if not told:
            waiting(before)
            told = True
        if is_news:
            seen = before, time.monotonic()
        time.sleep(LOOK_SECONDS)
    try:
        yield lease
    finally:
        lease.release()


def holder_of(name: Path) -> Holder | None:
    """The process that holds a name, or that held it last and did not release it; else None."""
    newest = _newest(name)
    holder = None if newest is None else _read(_file(name, newest))
    return None if holder is None or holder.free else holder


def _take(name: Path, newest: int | None) -> Lease | None:
    """The lease after that of a holder who is gone; None where another process was faster."""
    before = None if newest is None else _file(name, newest)
    try:
        lease = Lease(name, 0 if newest is None else newest + 1)
    except FileNotFoundError:  # the folder went with what another process has just done
        name.parent.mkdir(parents=True, exist_ok=True)
        return None
    except (FileExistsError, PermissionError):  # the latter where a file is just being deleted
        if not os.access(name.parent, os.W_OK):
            raise
        return None
    if before is not None and not before.exists():  # its holder lived, and has given it free
        lease.release()
        return None
    _drop_earlier(name, lease.number)
    return lease


def _drop_earlier(name: Path, number: int) -> None:
    """Take away the files of those who held a name before the holder of a number."""
    for earlier in _numbers(name):
        if earlier >= number:
            continue
        path = _file(name, earlier)
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError:
            # Whoever has it open, such as one that was paused just then, must not hold again as
            # soon as this lease is no more.
            _set_free(path)


def _set_free(path: Path) -> None:
    """Say in a lease that its holder holds no more: where a file cannot be deleted since somebody
    has it open, it can be written nevertheless."""
    with suppress(OSError), path.open("r+", encoding="utf-8") as file:
        file.write(json.dumps(asdict(Holder(free=True))))
        file.truncate()


def _is_silent(holder: Holder, seen: tuple[Holder, float] | None) -> bool:
    """Whether a holder has given no sign of life for long."""
    if seen is None or (holder.token and holder != seen[0]):
        return False
    return time.monotonic() - seen[1] > EXPIRY_SECONDS


def _file(name: Path, number: int) -> Path:
    return name.with_name(f"{name.name}.{number}")


def _numbers(name: Path) -> list[int]:
    ends = (path.name.removeprefix(f"{name.name}.") for path in name.parent.glob(f"{name.name}.*"))
    return [int(end) for end in ends if end.isdecimal()]


def _newest(name: Path) -> int | None:
    return max(_numbers(name), default=None)


def _read(path: Path) -> Holder:
    """What a file says; a holder of whom nothing is known where it cannot be read just then."""
    try:
        return parsed(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError):
        return Holder()

"""What an interrupt (Ctrl-C) does: it ends at once and says how to go on."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
_last_acts: list[Callable[[], None]] = []


@contextmanager
def leaving_nothing(act: Callable[[], None]) -> Iterator[None]:
    """Do `act` at the end, and where the process is interrupted meanwhile, too: for files that
    nobody else would take away, such as keys. It must be short, and may be done twice."""
    _last_acts.append(act)
    try:
        yield
    finally:
        act()
        _last_acts.remove(act)


def stop(number: int, frame: FrameType | None) -> None:
    """The handler of SIGINT: one line, then exit code 130.

    It does not wait for threads of libraries, since a study survives being killed at any moment.
    """
    for act in reversed(_last_acts):
        try:
            act()
        except Exception:  # whatever it is, the user has asked for the end
            continue
    # Not print, which may be at work just then.
    os.write(2, b"stopped; the same command goes on from here\n")
    os._exit(INTERRUPTED)

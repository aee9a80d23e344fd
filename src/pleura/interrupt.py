"""What an interrupt (Ctrl-C) does: it ends at once and says how to go on."""

import os
from types import FrameType

INTERRUPTED = 130


def stop(number: int, frame: FrameType | None) -> None:
    """The handler of SIGINT: one line, then exit code 130.

    It does not wait for threads of libraries, since a study survives being killed at any moment.
    """
    # Not print, which may be at work just then.
    os.write(2, b"stopped; the same command goes on from here\n")
    os._exit(INTERRUPTED)

"""Where the command line begins: interrupted from here on, it says how to go on."""

import os
import signal
from types import FrameType

INTERRUPTED = 130


def main() -> None:
    """Run `pleura.cli.main`; until a bar is shown, an interrupt is answered here."""
    signal.signal(signal.SIGINT, _interrupted)
    from pleura.cli import main as run  # its packages take half a second

    run()


def _interrupted(number: int, frame: FrameType | None) -> None:
    # Not print, which may be at work just then.
    os.write(2, b"stopped; the same command goes on from here\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()

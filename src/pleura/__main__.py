"""Where the command line begins: interrupted from here on, it says how to go on."""

import atexit
import gc
import signal

from pleura.interrupt import stop


def main() -> None:
    """Run `pleura.cli.main`; until a bar is shown, an interrupt is answered here."""
    signal.signal(signal.SIGINT, stop)
    # To look for garbage among all that libraries hold, as Python ends, takes a second.
    atexit.register(gc.freeze)
    from pleura.cli import main as run  # its packages take half a second

    run()


if __name__ == "__main__":
    main()

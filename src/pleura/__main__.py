"""Where the command line begins: interrupted from here on, it says how to go on."""

import signal

from pleura.interrupt import stop


def main() -> None:
    """Run `pleura.cli.main`; until a bar is shown, an interrupt is answered here."""
    signal.signal(signal.SIGINT, stop)
    from pleura.cli import main as run  # its packages take half a second

    run()


if __name__ == "__main__":
    main()

"""Standard output that cannot be written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
COMMAND = "from pleura import cli; cli.app = lambda: ({}); cli.main()"
LONG = "print('a,b\\n' * 100_000)"  # more than waits for the end


def run(code: str, output: int, unbuffered: str = "") -> tuple[int, str]:
    """The exit code, and what is said, of a command that does what `code` does."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND.format(code)],
        stdout=output,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_output_to_a_full_disk_is_told_once() -> None:
    told = "pleura: standard output cannot be written: No space left on device\n"
    with FULL.open("wb") as full:
        for code in ("print('a,b')", LONG, "print('a,b'), exit(0)"):
            assert run(code, full.fileno()) == (1, told)
        assert run(LONG, full.fileno(), "1") == (1, told)


def test_nobody_who_reads_on_is_no_error_to_tell() -> None:
    for code in ("print('a,b')", LONG):
        ours, theirs = os.pipe()
        os.close(ours)
        assert run(code, theirs) == (1, "")
        os.close(theirs)


def test_other_errors_are_told_beside_it() -> None:
    code = "print('a,b'), open('none/a.csv')"
    ours, theirs = os.pipe()
    os.close(ours)
    assert run(code, theirs) == (1, "pleura: none/a.csv: No such file or directory\n")
    os.close(theirs)

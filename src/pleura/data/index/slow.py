"""Refuses patterns that take for ever on the names of a folder."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import PurePath

from pleura.data.index.pattern import NamePattern
from pleura.errors import InputError
from pleura.wording import count

SECONDS = 10.0  # for a program to start on a busy machine; names come on top
SECONDS_A_NAME = 0.001  # a hundred times what a usual pattern takes
_TRY = (
    "import json, re, sys\n"
    "pattern, flags, names = json.load(sys.stdin)\n"
    "fits = re.compile(pattern, flags)\n"
    "for name in names:\n"
    "    fits.search(name)\n"
)


def refuse_slow(patterns: Sequence[NamePattern], paths: Sequence[PurePath]) -> None:
    """Raise InputError for a pattern that does not get through the paths in time.

    A repetition within another, such as `(a+)+`, can try as many ways as there are to divide a
    name, and nothing stops `re` within its own process; so another one tries all names first.
    """
    for pattern in patterns:
        names = [form for path in paths for form in pattern.forms(path)]
        limit = SECONDS + SECONDS_A_NAME * len(names)
        task = json.dumps([pattern.fits.pattern, pattern.fits.flags, names])
        try:
            subprocess.run(
                [sys.executable, "-I", "-S", "-c", _TRY],
                input=task.encode(),
                timeout=limit,
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired as error:
            raise InputError(
                f"pattern {pattern.text!r}: did not get through the names of "
                f"{count(len(paths), 'file')} in {limit:.0f} s; a repetition within another, such "
                "as (a+)+, does that: write it without, or as '{patient}_{any}'"
            ) from error

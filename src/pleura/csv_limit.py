"""How long a cell may be that csv reads. It imports little, so that faults are told at once."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 2**31 - 1  # characters; learning curves, run lengths and reports are long


@contextmanager
def longest_cells(letters: int) -> Iterator[None]:
    """Let csv refuse longer cells meanwhile. Its limit is of the whole process, and packages that
    are loaded by chance (scipy.io) lift it."""
    before = csv.field_size_limit(letters)
    try:
        yield
    finally:
        csv.field_size_limit(before)

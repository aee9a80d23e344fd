"""Rows of the tables of the documentation have as many cells as their headings."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.site.pages import TOP, pages

RULE = re.compile(r"\|(\s*:?-+:?\s*\|)+$")


def cells(row: str) -> int:
    """How many cells a row has; a `|` in code or behind a backslash is part of its cell."""
    return re.sub(r"`[^`]*`|\\\|", "", row).count("|") - 1


def uneven(text: str) -> Iterator[str]:
    """The rows of tables that have more or fewer cells than the rule below the headings."""
    wanted = 0
    for line in text.splitlines():
        if RULE.match(line.strip()):
            wanted = cells(line.strip())
        elif not line.strip().startswith("|"):
            wanted = 0
        elif wanted and cells(line.strip()) != wanted:
            yield line


@pytest.mark.parametrize("page", pages().values(), ids=lambda page: str(page.relative_to(TOP)))
def test_every_row_has_as_many_cells_as_its_headings(page: Path) -> None:
    assert not list(uneven(page.read_text(encoding="utf-8")))


def test_a_row_that_was_torn_is_told() -> None:
    table = "| key | default | what |\n|---|---|---|\n| `a|b` | 1 | one \\| two |\n"
    assert not list(uneven(table))
    torn = "| `c` | `d` | none | what |"
    assert list(uneven(f"{table}{torn}\n")) == [torn]

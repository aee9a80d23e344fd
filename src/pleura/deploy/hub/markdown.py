"""Text for a page of Markdown: names as they are written, tables, and blanks for people to fill."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pleura.report.table import Table

OPEN = "to be filled in by you"
# That Markdown, HTML within it, or the formulas of Hugging Face would take for their own.
SIGNS = re.compile(r"([\\`*_~$&<\[\]|])")

SPACES = re.compile(r"[ \t\r\n]+")  # those of no break stay


class Ready(str):
    """Text that is Markdown already."""

    __slots__ = ()


def escaped(value: object) -> str:
    """A value as a reader sees it, on one line; `Ready` text stays as it is."""
    if isinstance(value, Ready):
        return value
    return SIGNS.sub(r"\\\1", SPACES.sub(" ", str(value)).strip())


def blank(what: str) -> Ready:
    """A gap that nobody overlooks."""
    return Ready(f"**\\[{OPEN}: {escaped(what)}\\]**")


def grid(headings: Sequence[object], rows: Iterable[Sequence[object]]) -> Ready:
    """A table; empty without rows."""
    lines = [f"| {' | '.join(map(escaped, row))} |" for row in rows]
    if not lines:
        return Ready("")
    top = [f"| {' | '.join(map(escaped, headings))} |", "|---" * len(headings) + "|"]
    return Ready("\n".join([*top, *lines]))


def as_grid(table: Table | None, left_out: int = 0) -> Ready:
    """A table of the report, each cell with its smaller text in brackets, without so many of its
    first columns."""
    if table is None:
        return Ready("")

    def both(text: str, detail: str) -> str:
        return f"{text} ({detail})" if detail else text

    rows = [[both(cell.text, cell.detail) for cell in row[left_out:]] for row in table.rows]
    return grid([both(each.title, each.detail) for each in table.columns[left_out:]], rows)


def coded(text: str) -> Ready:
    """A command as it is typed, within a sentence."""
    marks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return Ready(f"{marks} {text} {marks}" if len(marks) > 1 else f"`{text}`")


def folded(summary: str, text: str) -> Ready:
    """What a reader unfolds, with a `summary` that is no Markdown; empty without text."""
    told = html.escape(summary, quote=False)
    lines = f"<details><summary>{told}</summary>\n\n{escaped(text)}\n\n</details>"
    return Ready(lines if text else "")


def joined(*parts: Any) -> str:
    """Sentences that are there, in one paragraph."""
    return " ".join(str(part) for part in parts if part)

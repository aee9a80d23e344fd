"""Words and numbers as sentences and tables show them: `1,200 images`, `3 times`, `.932`."""

import math
from collections.abc import Collection, Iterable, Sequence

MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"
NO_PATIENTS = "and never stand in for patients"  # at the end of what is said of simulated images


def count(number: float, noun: str) -> str:
    """`1 image`, `1,200 images`: a number with its noun, which takes an `s` unless it is one."""
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def in_a_row(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`: the subject of a sentence, whose verb is plural from two on."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def absence(name: str) -> str:
    """What images that are known to be without a finding are called where they are counted."""
    return f"no {name}"


def first_few(names: Iterable[object], most: int = 3) -> str:
    """`a, b, c and 4 more`: the first of many names, and how many there are besides."""
    every = list(map(str, names))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def aligned(rows: Sequence[Sequence[str]], numbers: Collection[int]) -> list[str]:
    """Lines of a table with its columns side by side: those at the places `numbers` to the right,
    words to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at in numbers else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def how_often(number: int) -> str:
    """`once`, `3 times`, `1,200 times`."""
    return "once" if number == 1 else f"{number:,} times"


def capital(text: str) -> str:
    """`text` with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def decimal(value: float, digits: int = 3, *, bounded: bool = True, sign: bool = False) -> str:
    """`.932`, `−.012` or, with `bounded=False`, `0.932`; `sign` writes the plus as well.

    Whatever was measured has three digits all over a page, or those of its `Metric`; two are for
    the ticks of axes.
    """
    if not math.isfinite(value):
        return MISSING
    text = f"{abs(value):.{digits}f}"
    if bounded and text.startswith("0."):
        text = text[1:]
    if float(text) == 0:
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def interval(low: float, high: float, digits: int = 3, *, bounded: bool = True) -> str:
    """`.91 to .95`; "to" because a dash beside a minus sign misleads. "no interval" where there is
    none, as where a class rests on one patient."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval"
    ends = (decimal(end, digits, bounded=bounded) for end in (low, high))
    return "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}".join(ends)


def ended(text: str) -> str:
    """A text that ends as a sentence does."""
    return text if text.endswith(".") else f"{text}."

"""Counts of patients that leave a hospital: small ones are not told, nor what gives them away."""

import math
from collections.abc import Sequence

from pleura.report.numbers import MISSING

SMALL = 5  # patients of a group, below which whoever knows a hospital could recognise them
FEWER, HIDDEN = f"fewer than {SMALL}", "not told"


def is_small(number: float) -> bool:
    """Whether a count must not be told."""
    return 0 < number < SMALL


def _sum_tells(numbers: Sequence[float]) -> bool:
    """Whether the sum of the small counts among some leaves less room for one of them than there is
    below `SMALL`: a single one is its sum, and where two make 7, neither is 1."""
    small = [number for number in numbers if is_small(number)]
    most, others = SMALL - 1, len(small) - 1
    return bool(small) and not most + others <= sum(small) <= 1 + others * most


def in_all(totals: Sequence[float], groups: Sequence[Sequence[float]], public: int) -> list[str]:
    """How many patients parts have in all, as a card tells it beside the sizes of their groups: ""
    where that may be told.

    A small part is told as such, and nothing of one whose groups are all small where these would
    follow. Where that is one part alone, it would follow from the others and the size of the study,
    so that the smallest of the others is not told either, but for the part number `public`.
    """
    told = []
    for total, its in zip(totals, groups, strict=True):
        follows = max(its, default=SMALL) < SMALL and _sum_tells(its)
        told.append(FEWER if is_small(total) else HIDDEN if follows else "")
    others = [at for at, hidden in enumerate(told) if not hidden and at != public]
    if others and len([*filter(None, told)]) == 1:
        told[min(others, key=lambda at: totals[at])] = HIDDEN
    return told


def counted(numbers: Sequence[float], of: float = 0, *, total: bool = True) -> list[str]:
    """The sizes of the groups of some patients as a card tells them, with their shares `of` all;
    without `total` so that their sum does not follow from them.

    Where the others and the sum of all say more of the small ones than that they are small, the
    smallest of the others is not told either. A nan is not known.
    """
    small = [at for at, number in enumerate(numbers) if is_small(number)]
    others = [at for at, number in enumerate(numbers) if number >= SMALL]
    hides = _sum_tells(numbers) or not total
    hidden = min(others, key=lambda at: numbers[at], default=-1) if hides else -1
    told = []
    for at, number in enumerate(numbers):
        if math.isnan(number):
            told.append(MISSING)
        elif at in small or at == hidden:
            told.append(FEWER if at in small else HIDDEN)
        else:
            told.append(f"{number:,.0f}" + (f" ({number / of:.0%})" if of and total else ""))
    return told

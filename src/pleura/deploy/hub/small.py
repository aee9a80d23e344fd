"""Counts of patients that leave a hospital: small ones are not told, nor what gives them away."""

import math
from collections.abc import Sequence

from pleura.report.numbers import MISSING

SMALL = 5  # patients of a group, below which whoever knows a hospital could recognise them
FEWER, HIDDEN = f"fewer than {SMALL}", "not told"


def is_small(number: float) -> bool:
    """Whether a count must not be told."""
    return 0 < number < SMALL


def counted(numbers: Sequence[float], of: float = 0) -> list[str]:
    """The sizes of the groups of some patients as a card tells them, with their shares `of` all.

    Where a single one is small it follows from the others and their sum, so that the smallest of
    the others is not told either. A nan is not known.
    """
    small = [at for at, number in enumerate(numbers) if is_small(number)]
    others = [at for at, number in enumerate(numbers) if number >= SMALL]
    hidden = min(others, key=lambda at: numbers[at], default=-1) if len(small) == 1 else -1
    told = []
    for at, number in enumerate(numbers):
        if math.isnan(number):
            told.append(MISSING)
        elif at in small or at == hidden:
            told.append(FEWER if at in small else HIDDEN)
        else:
            told.append(f"{number:,.0f}" + (f" ({number / of:.0%})" if of else ""))
    return told

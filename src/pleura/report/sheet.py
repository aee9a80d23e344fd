"""How high the texts of the first sheet are in print, so that no more is put there than A4 holds.

Heights are in points and are those of `page.css` for print. Lines are broken after fewer characters
than the narrowest of its fonts would let into them, so that the estimate is rather too high.
"""

import math
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

HEIGHT = 762.0  # between the margins of A4
WIDTH = 527.0
FIGURE = 487.6  # width of the figure, at most


@dataclass(frozen=True)
class Style:
    """`wide` characters go into a line of `high` points; a paragraph has `apart` points around."""

    wide: int
    high: float
    apart: float = 0.0

    def height(self, text: str) -> float:
        """Of a paragraph; nothing of an empty one."""
        lines = textwrap.wrap(text, self.wide)
        return len(lines) * self.high + self.apart if lines else 0.0


QUESTION = Style(95, 15.6, 11)
VERDICT, LONG, PIXELS = Style(74, 20.8), Style(96, 16.3), Style(102, 14.3, 5)
ASIDE = Style(155, 11.3, 6)
PARAGRAPH, ITEM = Style(63, 11.3, 4.5), Style(61, 11.3, 2)
CAUTION, SERIOUS = Style(57, 11.3, 2), Style(53, 11.3, 2)
MORE = Style(52, 12.0)
OVER, HEADING = 14.0, 16.4  # the line above the question; headings of figure and columns
BOX, BETWEEN = 12.0, 8.0  # around cautions; above a second section, the columns and the facts
LONG_FROM = 150  # characters of a verdict in smaller letters


def verdict_height(text: str) -> float:
    """Of the verdict, which is in smaller letters where it is long."""
    return (LONG if len(text) > LONG_FROM else VERDICT).height(text)


def figure_height(figure: Figure) -> float:
    """Of the figure with its heading."""
    scale: float = min(FIGURE / figure.get_figwidth(), 72.0)
    return 6 + HEADING + float(figure.get_figheight()) * scale


def facts_height(facts: Mapping[str, str]) -> float:
    """Of the line of facts at the end of the sheet, which wraps."""
    taken, rows = 0.0, 1
    for name, value in facts.items():
        wide = min(20 + 4.9 * max(0.85 * len(name), len(value)), WIDTH)
        if taken + wide > WIDTH + 20:
            taken, rows = 0.0, rows + 1
        taken += wide
    longest = max((len(value) for value in facts.values()), default=0)
    return BETWEEN + rows * 29 + 13.5 * math.floor(longest / 105)


def items_height(items: Iterable[str]) -> float:
    """Of a list that is no caution, with its heading."""
    return BETWEEN + HEADING + sum(ITEM.height(each) for each in items)


def clipped(text: str, most: int) -> str:
    """A text of `most` characters; a longer one ends with a word and "…"."""
    return text if len(text) <= most else textwrap.shorten(text, most, placeholder=" …")

"""The figure of a comparison: both studies, and the second less the first, a row a recipe."""

from matplotlib.figure import Figure

from pleura.compare.tables import Compared, Row
from pleura.report.figures.canvas import shorten
from pleura.report.figures.forest import two_arms
from pleura.report.numbers import percent

MOST = 12  # rows
NAME = 24  # characters


def both(compared: Compared) -> Figure:
    """A row for each recipe and fraction, at the largest fractions first: the primary metric in
    both studies, and the difference."""
    rows = compared.rows(compared.main, compared.primary.name)
    rows = sorted(rows, key=lambda row: (compared.is_baseline(row.recipe), -row.fraction))[:MOST]
    several = len({row.fraction for row in rows}) > 1
    drawn = {name_of(row, several=several): (row.first, row.second, row.difference) for row in rows}
    names = shorten(compared.names[0], NAME), shorten(compared.names[1], NAME)
    title = f"{names[1]} less {names[0]}"
    if compared.paired:
        title = f"Paired: {title}"
    return two_arms(drawn, compared.primary, names, title)


def name_of(row: Row, *, several: bool) -> str:
    """The recipe, with its share of the labels where there are several."""
    return f"{row.recipe}, {percent(row.fraction)}" if several else row.recipe

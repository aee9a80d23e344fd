"""Style of all figures, and the way from a matplotlib figure to SVG inside a page."""

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pleura.report.looks import INK, Look
from pleura.report.numbers import METRICS, Metric, decimal

WIDTH = 10.0  # inches; 72 units of the drawing an inch, shown at up to 96 pixels an inch
MUTED = "#59636D"
DOTTED: dict[str, Any] = {"color": MUTED, "linestyle": (0, (1, 2))}
LONGEST_NAME = 34  # characters
LEGEND_COLUMNS = 4
PANELS_IN_A_ROW = 4
UNIT_TICKS = {0.0: "0", 0.25: ".25", 0.5: ".50", 0.75: ".75", 1.0: "1"}
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#8A949E",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": "#E4E8EC",
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "svg.fonttype": "none",  # text stays text: readable by machines, in the font of the page
    "svg.hashsalt": "pleura",
    "text.color": INK,
    "text.parse_math": False,  # a recipe called "$x$" is a name, not a formula
    "xtick.color": MUTED,
    "xtick.labelsize": 8.5,
    "xtick.major.width": 0.7,
    "ytick.color": MUTED,
    "ytick.labelsize": 8.5,
    "ytick.major.width": 0.7,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Within it, figures are made and turned into SVG in one style; the caller's stays as it is."""
    with rc_context(STYLE), warnings.catch_warnings():
        # The browser has the glyphs (of Chinese class names, say) that the measuring font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def new_figure(height: float) -> Figure:
    """A figure as wide as the page, `height` inches high, outside pyplot's list of open figures."""
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure


def panels(
    count: int,
    across: int,
    high: float,
    *,
    left: float = 0.5,
    above: float = 0.3,
    below: float = 0.5,
    between: float = 0.3,
    legend: int = 0,
) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels, `across` of them in a row, each `high` inches, with room in
    inches `left` of all, `above` and `below` each and `between` them, and for `legend` entries."""
    block, foot = above + high + below, legend_inches(legend) if legend else 0.0
    height = -(-count // across) * block + foot
    figure, wide = new_figure(height), (WIDTH - left) / across
    places = [
        (left + column * wide, height - row * block - above - high, wide - between, high)
        for row, column in (divmod(i, across) for i in range(count))
    ]
    return figure, [
        figure.add_axes((x / WIDTH, y / height, w / WIDTH, h / height)) for x, y, w, h in places
    ]


def squares(across: int, rows: int, largest: float, *, legend: int) -> tuple[Figure, list[Axes]]:
    """`rows` of square panels, up to `largest` inches wide."""
    side = min(largest, (WIDTH - 0.2) / across - 0.55)
    height = rows * (side + 0.55) + 0.2 + legend_inches(legend)
    figure = new_figure(height)
    return figure, [
        figure.add_axes((x / WIDTH, y / height, side / WIDTH, side / height))
        for y in (height - 0.3 - side - row * (side + 0.55) for row in range(rows))
        for x in (0.55 + column * (side + 0.5) for column in range(across))
    ]


def square_panels(
    names: Sequence[str],
    draw: Callable[[Axes, str], None],
    entries: Sequence[Line2D],
    labels: tuple[str, str],
) -> list[Figure]:
    """A square panel for each of `names`, up to four a figure: what `draw` puts into the axes of a
    name, the `labels` of x and y, and below a legend of the `entries`."""
    figures = []
    for shown in rows_of_panels(names):
        figure, every = squares(len(shown), 1, 2.9, legend=len(entries))
        for name, axes in zip(shown, every, strict=True):
            draw(axes, name)
            axes.set(title=shorten(name, 26), xlabel=labels[0])
        every[0].set_ylabel(labels[1])
        legend_below(figure, entries)
        figures.append(figure)
    return figures


def stacked(
    count: int, across: int, high: Sequence[float], **room: Any
) -> tuple[Figure, list[list[Axes]]]:
    """As `panels`, each parted into axes as `high` as given, one above the other, on one x axis."""
    whole = sum(high) + 0.08 * (len(high) - 1)
    figure, every = panels(count, across, whole, **room)
    stacks = []
    for panel in every:
        x, y, w, h = panel.get_position().bounds
        inch = h / whole
        panel.remove()
        tops = [y + h - inch * (sum(high[:i]) + 0.08 * i) for i in range(len(high))]
        places = [(x, t - inch * each, w, inch * each) for t, each in zip(tops, high, strict=True)]
        first = figure.add_axes(places[0])
        stacks.append([first, *(figure.add_axes(place, sharex=first) for place in places[1:])])
    return figure, stacks


def share(panels: Sequence[Axes], which: Literal["x", "y"] = "y") -> None:
    """Give all panels one range."""
    get, put = f"get_{which}lim", f"set_{which}lim"
    ends = [getattr(panel, get)() for panel in panels]
    for panel in panels:
        getattr(panel, put)(min(low for low, _ in ends), max(high for _, high in ends))


def to_svg(figure: Figure, name: str, description: str) -> Markup:
    """SVG to be put into a page. `name` makes its ids unique there; `description` is read aloud."""
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r'(<[^>]*? id=")', rf"\1{name}-", text)
    text = re.sub(r'(url\(#|href="#)', rf"\1{name}-", text)
    width = figure.get_figwidth() * 96
    opening = (
        f'<svg role="img" aria-label="{escape(description)}" '
        f'style="max-width: {width:.0f}px" viewBox="0 0 {figure.get_figwidth() * 72:.4g} '
        f'{figure.get_figheight() * 72:.6g}" xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return Markup(opening + text[text.index(">") + 1 :])


def on_white(svg: str) -> str:
    """A figure that stands alone: in papers and on dark pages, too."""
    end = svg.index(">") + 1
    return f'{svg[:end]}<rect width="100%" height="100%" fill="white"/>{svg[end:]}'


def unit_axes(axes: Axes, *, room: float) -> None:
    """Let both axes run from 0 to 1, with `room` at their ends and a tick at each quarter."""
    axes.set(xlim=(-room, 1 + room), ylim=(-room, 1 + room))
    axes.set_xticks(list(UNIT_TICKS), UNIT_TICKS.values())
    axes.set_yticks(list(UNIT_TICKS), UNIT_TICKS.values())


def decimal_ticks(axis: Axis, metric: Metric = METRICS["auroc"]) -> None:
    """Label the ticks with as many decimals as those of a metric have, by default two, or with as
    many more as keep them apart on a short axis."""

    def written(value: float, _: float) -> str:
        low, high = sorted(axis.get_view_interval())
        least = 2 if high - low > 0.05 else 3 if high - low > 0.005 else 4
        digits = metric.tick_digits if high - low > 5 else max(least, metric.tick_digits)
        return decimal(value, digits, bounded=metric.bounded)

    axis.set_major_formatter(written)


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """`name`, or its beginning and an ellipsis; tables carry it in full."""
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"


def names_inches(names: Sequence[str]) -> float:
    """Room for the names of rows at the left of a figure."""
    return 0.2 + 0.07 * max(len(shorten(name)) for name in names)


def rows_of_panels(names: Sequence[str]) -> list[Sequence[str]]:
    """Parts of `names` that are as long as a row has panels; the last may be shorter."""
    return [names[i : i + PANELS_IN_A_ROW] for i in range(0, len(names), PANELS_IN_A_ROW)]


def entry(label: str, **style: Any) -> Line2D:
    """An entry of a legend, drawn in the `style` of a line of matplotlib."""
    return Line2D([], [], label=label, **style)


def handles(looks: dict[str, Look], *, markers: bool) -> list[Line2D]:
    """Entries of a legend."""
    return [entry(shorten(name), **look.style(markers=markers)) for name, look in looks.items()]


def legend_below(figure: Figure, entries: Sequence[Line2D]) -> None:
    """A legend of up to four columns along the lower edge, `legend_inches` high."""
    figure.legend(
        handles=list(entries),
        loc="lower left",
        ncols=-(-len(entries) // _legend_rows(len(entries))),
        bbox_to_anchor=(0.03, 0.0),
        handlelength=2.6,
        columnspacing=1.6,
    )


def legend_inches(entries: int) -> float:
    """Height of `legend_below` with that many entries."""
    return 0.2 + 0.2 * _legend_rows(entries)


def _legend_rows(entries: int) -> int:
    return -(-entries // LEGEND_COLUMNS)

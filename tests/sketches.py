"""Figures of pages that no test looks at: their code runs, and matplotlib makes nothing of it,
which is half of what a page costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup
from matplotlib.transforms import Bbox

from pleura.report.figures import canvas

UNIT = (0.0, 1.0)
DPI = 100


class Anything:
    """Takes whatever is asked of it."""

    def __getattr__(self, name: str) -> "Anything":
        return ANYTHING

    def __call__(self, *given: object, **named: object) -> "Anything":
        return ANYTHING

    def __getitem__(self, key: object) -> "Anything":
        return ANYTHING

    def __iter__(self) -> Iterator["Anything"]:
        return iter(())


ANYTHING = Anything()


class Text(Anything):
    """A text that takes no room."""

    def get_window_extent(self) -> Bbox:
        return Bbox.unit()


class Scale(Anything):
    """Data are pixels."""

    def transform(self, points: Any) -> Any:
        return np.asarray(points, dtype=float)

    def inverted(self) -> "Scale":
        return self


class Axes(Anything):
    """Axes from 0 to 1, whatever is drawn on them, at a place (x, y, width, height) of a figure."""

    transData = Scale()  # noqa: N815

    def __init__(self, figure: "Figure", place: tuple[float, float, float, float]) -> None:
        self.figure, self.place, self.rows = figure, place, 0

    def get_figure(self, root: bool) -> "Figure":
        return self.figure

    def get_position(self) -> Bbox:
        return Bbox.from_bounds(*self.place)

    def get_window_extent(self) -> Bbox:
        return Bbox([[-np.inf, -np.inf], [np.inf, np.inf]])

    @property
    def dataLim(self) -> Bbox:  # noqa: N802
        return Bbox.unit()

    def get_xlim(self) -> tuple[float, float]:
        return UNIT

    get_ylim = get_xlim

    def set_yticks(self, ticks: Any, labels: object = ()) -> None:
        self.rows = len(ticks)

    def get_yticklabels(self) -> list[Text]:
        return [Text() for _ in range(self.rows)]

    def annotate(self, *given: object, **named: object) -> Text:
        return Text()


class Figure(Anything):
    """A figure `height` inches high."""

    dpi = DPI

    def __init__(self, height: float) -> None:
        self.height = height

    def get_figwidth(self) -> float:
        return canvas.WIDTH

    def get_figheight(self) -> float:
        return self.height

    def add_axes(self, place: tuple[float, float, float, float], **named: object) -> Axes:
        return Axes(self, place)


@contextmanager
def house_style() -> Iterator[None]:
    """That of figures, in which those that are made are sketches."""
    with canvas.house_style(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(canvas, "new_figure", Figure)
        yield


def to_svg(figure: object, name: str, description: str) -> Markup:
    """What stands in the place of a figure: what is read aloud of it."""
    return Markup('<svg aria-label="{}"></svg>').format(description)

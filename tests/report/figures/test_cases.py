"""The figures that only segmentations have."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pleura.report.figures.boxes import boxes
from pleura.report.figures.canvas import house_style
from pleura.report.figures.forest import two_arms
from pleura.report.figures.fractions import against_sizes
from pleura.report.findings import Estimate
from pleura.report.measures import measures
from pleura.report.sections.arms import find_arms
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with house_style():
        yield


def overlaps(figure: Figure) -> list[tuple[str, ...]]:
    """Texts of a figure that share area with another or stick out."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    shown: list[Text] = []
    for axes in figure.axes:
        shown += [child for child in axes.get_children() if isinstance(child, Text)]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
            shown += [axis.label, *(label for at, label in ticks if low <= at <= high)]
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in shown if t.get_text()]
    width = figure.bbox.x1
    found: list[tuple[str, ...]] = [
        (text,) for text, b in boxes if b.x0 < 0 or b.y0 < 0 or b.x1 > width
    ]
    found += [
        (one, other)
        for i, (one, box) in enumerate(boxes)
        for other, there in boxes[:i]
        if box.overlaps(there)
    ]
    return found


def test_boxes_hold_the_middle_half_of_the_cases(cases: CasesFolder, judged: Judged) -> None:
    figure = boxes(cases.test, judged.findings, 1.0)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        *("pleura · 48 images", "A-line · 48 images", "B-line · 24 images")
    ]
    recipe = next(iter(judged.findings.looks))
    mine = cases.test.query(f"recipe == '{recipe}' and fraction == 1 and structure == 'B-line'")
    means = mine.groupby("image")["dice"].mean().dropna()
    box = figure.axes[2].patches[0].get_bbox()  # type: ignore[attr-defined]
    assert (box.x0, box.x1) == pytest.approx(tuple(np.percentile(means, (25, 75))))
    assert len(figure.axes[2].patches) == len(judged.findings.looks)
    assert overlaps(figure) == []


def test_cases_far_from_the_rest_are_dots(judged: Judged) -> None:
    values = [0.2, 0.8, 0.81, 0.82, 0.83, 0.84]
    table = pd.DataFrame({"dice": values, "image": [str(value) for value in values]}).assign(
        recipe="X-Unet", structure="pleura", fold=0, seed=0, fraction=1.0
    )
    (axes,) = boxes(table, judged.findings, 1.0).axes
    (dots,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert list(np.asarray(dots.get_xdata())) == [0.2]


def test_pairs_against_training_images(cases: CasesFolder, judged: Judged) -> None:
    pairs = find_arms(cases, judged.findings, "augmented")
    names = [(arms.first, arms.second) for arms in pairs]
    figure = against_sizes(cases.runs, judged.findings, names)
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "X-Unet"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["100", "400"]
    without, augmented = axes.lines
    assert without.get_markerfacecolor() != augmented.get_markerfacecolor()
    shown = np.asarray(augmented.get_ydata())
    expected = [judged.findings.primary("X-Unet", fraction).value for fraction in (0.25, 1.0)]
    assert shown == pytest.approx(expected)
    assert overlaps(figure) == []


@pytest.mark.parametrize("metric", ["dice", "false_positive_area"])
def test_two_arms_and_their_difference(metric: str) -> None:
    values = tuple(Estimate(v, v - 0.1, v + 0.1) for v in (0.5, 0.7, 0.2))
    rows = {f"structure number {i} of many": values for i in range(9)}
    figure = two_arms(rows, measures("mm")[metric], ("dense", "sparse"))  # type: ignore[arg-type]
    left, right = figure.axes
    marks = [line for line in left.lines if line.get_marker() in ("o", "s")]
    assert [float(np.asarray(line.get_xdata())[0]) for line in marks[:2]] == [0.5, 0.7]
    low, high = right.get_xlim()
    assert low == -high
    (better,) = [text for text in right.texts if text.get_text().strip("← →") == "better"]
    assert (better.get_position()[0] > 0) == (metric == "dice")
    assert overlaps(figure) == []

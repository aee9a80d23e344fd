"""Cost against performance: the front, and names that hide nothing."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from numpy.typing import NDArray

from pleura.report.costs import Cost, Costs
from pleura.report.figures.canvas import house_style
from pleura.report.figures.pareto import on_front, pareto
from pleura.report.findings import Findings

MakeFindings = Callable[..., Findings]


def test_front_against_a_plain_search() -> None:
    random = np.random.default_rng(0)
    cost, merit = random.integers(1, 8, (2, 60)).astype(float)

    def beaten(i: int) -> bool:
        return any(
            cost[j] <= cost[i]
            and merit[j] >= merit[i]
            and (cost[j], merit[j]) != (cost[i], merit[i])
            for j in range(60)
        )

    np.testing.assert_array_equal(on_front(cost, merit), [not beaten(i) for i in range(60)])


def xy_of(line: Line2D) -> NDArray[np.float64]:
    """The points of a line, (n, 2)."""
    return np.asarray(line.get_xydata(), dtype=np.float64)


def study(make_findings: MakeFindings, number: int, **more: str) -> tuple[Costs, Findings]:
    """Recipes of four networks, and a baseline that costs only time."""
    random = np.random.default_rng(1)
    names = ["scratch", *(f"recipe number {i}" for i in range(1, number))]
    values = [(name, 1.0, 0.7 + 0.25 * random.random()) for name in names]
    findings = make_findings([*values, ("pixels: random forest", 1.0, 0.75)], **more)
    of = {
        (name, 1.0): Cost(10.0 ** (7 + i % 4 / 2), 10.0 ** (5 + i % 4 / 2), 2.0, 30 + 9 * i)
        for i, name in enumerate(names)
    }
    of["pixels: random forest", 1.0] = Cost(np.nan, np.nan, np.nan, 2)
    return Costs(of, {}), findings


@pytest.mark.parametrize("number", [3, 8, 40])
def test_names_hide_neither_names_nor_points(number: int, make_findings: MakeFindings) -> None:
    costs, findings = study(make_findings, number)
    with house_style():
        figure = pareto(costs, findings, 1.0)
        assert figure is not None
        for axes in figure.axes:
            texts = [text for text in axes.texts if isinstance(text, Annotation)]
            boxes = [text.get_window_extent() for text in texts]
            assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
            frame = axes.get_window_extent()
            assert all(frame.contains(b.x0, b.y0) and frame.contains(b.x1, b.y1) for b in boxes)
            points = [line for line in axes.lines if line.get_marker() not in ("None", "", None)]
            at = axes.transData.transform([xy_of(line)[0] for line in points])
            assert not any(box.contains(*point) for box in boxes for point in at)
            if number < 9:
                assert len(texts) == len(points)
            assert any(text.get_text() == "scratch" for text in texts)


def test_panels_show_what_is_known(make_findings: MakeFindings) -> None:
    costs, findings = study(make_findings, 4)
    with house_style():
        figure = pareto(costs, findings, 1.0)
        assert figure is not None
        titles = [axes.get_title(loc="left") for axes in figure.axes]
        unknown = Costs(dict.fromkeys(costs.of, Cost(*[np.nan] * 4)), {})
        assert pareto(unknown, findings, 1.0) is None
    assert titles == [
        *("MACs an image", "Parameters", "Time an image, ms", "Training and tuning, seconds a run")
    ]
    names = [{text.get_text() for text in axes.texts} for axes in figure.axes]
    assert "pixels: random forest" not in names[0]
    assert "pixels: random forest" in names[3]


def test_where_less_is_better_the_front_runs_along_the_lowest(
    make_findings: MakeFindings,
) -> None:
    findings = make_findings([("scratch", 1.0, 0.9), ("probe", 1.0, 0.4)], metric="log_loss")
    of = {("scratch", 1.0): Cost(1e6, 1e5, 1, 1), ("probe", 1.0): Cost(1e7, 1e6, 10, 10)}
    with house_style():
        figure = pareto(Costs(of, {}), findings, 1.0)
    assert figure is not None
    (front,) = [line for line in figure.axes[0].lines if line.get_drawstyle() == "steps-post"]
    np.testing.assert_allclose(xy_of(front), [[1e6, 0.9], [1e7, 0.4]])

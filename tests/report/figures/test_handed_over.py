"""What the figures show of the classifier that is handed over."""

from dataclasses import replace

import numpy as np

from pleura.report.classification import ClassifierFolder
from pleura.report.costs import Cost
from pleura.report.figures.canvas import house_style
from pleura.report.figures.forest import forest
from pleura.report.figures.pareto import pareto
from pleura.report.looks import DELIVERED
from pleura.report.sections.cost import cost_sentences, find_costs
from pleura.report.sections.curves import curves, roc_on_grid
from pleura.report.study import Study
from tests.report.made_classifiers import CLASSES, NAME


def test_it_is_the_last_row_of_the_forest_and_has_no_difference(
    handed_over: Study[ClassifierFolder],
) -> None:
    shown = handed_over.findings
    with house_style():
        left, right = forest(shown, 1.0).axes
    assert [label.get_text() for label in left.get_yticklabels()][-1] == NAME
    last = len(shown.looks) - 1
    rows = [np.asarray(line.get_ydata(), dtype=float).tolist() for line in left.lines]
    ends = left.lines[rows.index([last, last])]
    mine = shown.primary(NAME, 1.0)
    assert np.asarray(ends.get_xdata(), dtype=float).tolist() == [mine.low, mine.high]
    assert last not in np.concatenate([np.asarray(line.get_ydata()) for line in right.lines])
    assert [text.get_text() for text in right.texts][-3] == "seed 1, calibrated; not compared"


def test_its_curve_is_that_of_its_calibrated_probabilities(
    handed_over: Study[ClassifierFolder],
) -> None:
    with house_style():
        (figure,) = curves(handed_over.contents.predictions, handed_over.findings, 1.0)
    (line,) = [line for line in figure.axes[0].lines if line.get_color() == DELIVERED.colour]
    assert handed_over.model is not None
    test = handed_over.model.contents.test
    odds = np.exp(test[[f"logit_{name}" for name in CLASSES]].to_numpy())
    scores = odds[:, 0] / odds.sum(axis=1)
    expected = roc_on_grid((test["label"] == CLASSES[0]).to_numpy(), scores)
    np.testing.assert_allclose(np.asarray(line.get_ydata(), dtype=float), expected, atol=1e-9)


def test_its_cost_is_drawn_but_no_step_counts_it(
    handed_over: Study[ClassifierFolder],
) -> None:
    shown = handed_over.findings
    costs = find_costs(handed_over)
    assert costs.of[NAME, 1.0].macs == 72e6
    without = find_costs(handed_over.recipes)
    assert costs.as_the_best == without.as_the_best
    assert cost_sentences(costs, shown)[-1] == (
        f"{NAME}, the model that is handed over, has 3.37\N{NO-BREAK SPACE}M parameters, "
        "72\N{NO-BREAK SPACE}M MACs an image and 6.2 ms an image."
    )
    # Were it a recipe, it would be the cheapest of all, and the best.
    cheap = replace(costs, of={**costs.of, (NAME, 1.0): Cost(1e6, 1e5, 1.0, 1.0)})
    summary = shown.summary.copy()
    summary.loc[summary["recipe"] == NAME, ["value", "low", "high"]] = 0.99, 0.98, 0.995
    with house_style():
        figure = pareto(cheap, replace(shown, summary=summary), 1.0)
    assert figure is not None
    for axes in figure.axes:
        points = [line for line in axes.lines if line.get_marker() == "*"]
        assert [float(np.asarray(line.get_ydata())[0]) for line in points] == [0.99]
        (steps,) = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
        assert 0.99 not in np.asarray(steps.get_ydata(), dtype=float)

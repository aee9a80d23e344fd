"""Forest plots, learning curves and curves against label fraction show what the tables say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.figures.canvas import house_style
from pleura.report.figures.forest import forest
from pleura.report.figures.fractions import against_fractions
from pleura.report.findings import Findings
from pleura.report.looks import assign_looks
from pleura.report.sections.curves import curves
from pleura.report.sections.learning import learning_curves
from tests.report.conftest import find


def test_forest_holds_every_interval_and_keeps_its_axes(findings: Findings) -> None:
    with house_style():
        few, many = (forest(findings, fraction).axes for fraction in (0.1, 1.0))
    assert [label.get_text() for label in few[0].get_yticklabels()] == list(findings.looks)
    low, high = few[0].get_xlim()
    for fraction in findings.fractions:
        for recipe in findings.looks:
            estimate = findings.primary(recipe, fraction)
            assert low < estimate.low < estimate.high < high
    assert few[0].get_xlim() == many[0].get_xlim()
    assert few[1].get_xlim() == many[1].get_xlim()
    texts = [text.get_text().replace("\u00a0", " ") for text in few[0].texts]
    estimate = findings.primary("fine-tuning", 0.1)
    assert f".{1000 * estimate.value:.0f} (" in texts[0]


def test_forest_without_comparison_or_value(make_findings: Callable[..., Findings]) -> None:
    findings = make_findings([("scratch", 1.0, 0.8), ("probe", 0.1, 0.9)])
    with house_style():
        left, right = forest(findings, 1.0).axes
    assert "not run" in [text.get_text() for text in left.texts]
    assert "reference" in [text.get_text() for text in right.texts]


def test_against_fractions_draws_each_recipe(findings: Findings) -> None:
    with house_style():
        (axes,) = against_fractions(findings).axes
    for line, name in zip(axes.lines, findings.looks, strict=True):
        values = [findings.primary(name, fraction).value for fraction in findings.fractions]
        np.testing.assert_allclose(np.asarray(line.get_ydata(), dtype=float), values)
        assert line.get_color() == findings.looks[name].colour


def test_learning_curves_have_lines_for_each_seed(contents: ClassifierFolder) -> None:
    looks = assign_looks(["fine-tuning", "scratch"], ["pixels: random forest"], "scratch")
    with house_style():
        figure = learning_curves(contents.runs, looks, 0.1)
    assert figure
    loss, auroc, *others = figure.axes
    assert len(others) == 2
    seeds, phases = 3, 1
    guess = 1
    assert len(loss.lines) == 3 * seeds + guess + phases
    assert len(auroc.lines) == 2 * seeds + phases
    dashed = [line for line in loss.lines if line.get_linestyle() == "--"]
    tuned = contents.runs[contents.runs["recipe"] == "fine-tuning"]
    np.testing.assert_allclose(
        np.asarray(dashed[0].get_ydata(), dtype=float),
        [epoch["judged_loss"] for epoch in tuned["history"].iloc[0]],
    )
    assert loss.get_ylim() == others[0].get_ylim()


def test_learning_curves_name_their_axes_within_the_figure_and_count_whole_epochs(
    contents: ClassifierFolder,
) -> None:
    """`1.00` is the widest label of a tick beside which `AUROC` must find room."""
    looks = assign_looks(["fine-tuning", "scratch"], [], "scratch")
    runs = contents.runs.copy()
    history = [
        {"phase": "all", "epoch": i, "loss": 1 - i / 4, "validation_loss": 1, "validation_auroc": i}
        for i in (0, 0.5, 1)
    ]
    runs["history"] = pd.Series([history] * len(runs), index=runs.index, dtype=object)
    with house_style():
        figure = learning_curves(runs, looks, 0.1)
        assert figure
        figure.draw_without_rendering()
        loss, auroc, *_ = figure.axes
        for axes in (loss, auroc):
            assert axes.yaxis.label.get_window_extent().x0 > 0
        assert "1.00" in [label.get_text() for label in auroc.get_yticklabels()]
        assert all(float(tick).is_integer() for tick in auroc.get_xticks())


def test_learning_curves_of_odd_histories(contents: ClassifierFolder) -> None:
    looks = assign_looks(["fine-tuning", "scratch"], [], "scratch")
    runs = contents.runs.copy()
    single = [{"phase": "all", "epoch": 0, "loss": 0.5, "validation_loss": None}]
    runs["history"] = pd.Series([single] * len(runs), index=runs.index, dtype=object)
    with house_style():
        assert learning_curves(runs, looks, 0.1)
        runs["history"] = pd.Series([[]] * len(runs), index=runs.index, dtype=object)
        assert learning_curves(runs, looks, 0.1) is None


def test_curves_are_split_by_four_classes(make_study: Callable[..., Path]) -> None:
    classes = [f"finding {i}" for i in range(6)]
    contents = read_classifiers(
        make_study({"scratch": 1.0, "probe": 2.0}, fractions=(1.0,), seeds=(0,), classes=classes)
    )
    with house_style():
        first, second = curves(contents.predictions, find(contents), 1.0)
    assert len(first.axes) == 2 * 4
    assert len(second.axes) == 2 * 2
    titles = [axes.get_title(loc="left") for axes in second.axes]
    assert titles == ["finding 4", "finding 5", "", ""]


def test_of_two_classes_one_roc_curve_is_drawn(make_study: Callable[..., Path]) -> None:
    """The other is its mirror image; precision-recall curves are not."""
    contents = read_classifiers(
        make_study({"scratch": 1.0, "probe": 2.0}, fractions=(1.0,), seeds=(0,), classes=["a", "b"])
    )
    with house_style():
        (figure,) = curves(contents.predictions, find(contents), 1.0)
    named = [(axes.get_title(loc="left"), axes.get_xlabel()) for axes in figure.axes]
    assert named == [
        ("a", "1 − specificity"),
        ("", "Sensitivity (recall)"),
        ("b", "Sensitivity (recall)"),
    ]

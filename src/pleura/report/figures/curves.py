"""ROC and precision-recall curves of each class on test."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pleura.evaluate.metrics import softmax
from pleura.report.figures.canvas import MUTED, handles, legend_below, shorten, squares
from pleura.report.findings import Findings
from pleura.report.looks import Look
from pleura.report.numbers import decimal
from pleura.tables import LOGIT

Floats = NDArray[np.float64]
GRID = np.linspace(0, 1, 101)
ACROSS = 4  # classes in one figure
DISTINCT = 9  # lines that a panel can carry; of more recipes, the others are drawn in pale gray
OTHER = Look("recipe", "#CBD1D7", (), "")


def roc_on_grid(positive: NDArray[np.bool_], scores: Floats) -> Floats:
    """Sensitivity (101,) at the false positive rates of GRID, between thresholds linearly.

    positive: (n,); scores: (n,). Equal scores share a threshold (Fawcett 2006, vertical averaging).
    """
    true, false = _counts(positive, scores)
    return np.asarray(np.interp(GRID, false / false[-1], true / true[-1]))


def precision_on_grid(positive: NDArray[np.bool_], scores: Floats) -> Floats:
    """Precision (101,) at the first threshold that reaches each sensitivity of GRID, in steps, as
    average precision does."""
    true, false = _counts(positive, scores)
    true, false = true[1:], false[1:]
    # The first threshold that catches a positive at all stands for a sensitivity of 0.
    at = np.searchsorted(true, np.maximum(GRID * true[-1] - 1e-9, 0.5))
    return np.asarray(true[at] / (true[at] + false[at]))


def _counts(positive: NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats]:
    """True and false positives at each threshold from the highest down, beginning with (0, 0)."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    true = np.cumsum(positive[order], dtype=float)[last]
    return np.append(0.0, true), np.append(0.0, last + 1 - true)


def curves(predictions: pd.DataFrame, findings: Findings, fraction: float) -> list[Figure]:
    """ROC above, precision-recall below, a column a class, up to four classes a figure; of two
    classes the ROC curve of the first alone.

    Each line is the mean over seeds and folds by vertical averaging. Of many recipes, all but the
    reference, the best baseline, the model handed over and the best recipes are pale.
    """
    test = predictions[(predictions["part"] == "test") & (predictions["fraction"] == fraction)]
    names = [name for name in findings.looks if (test["recipe"] == name).any()]
    chosen = _distinct(findings, names, fraction)
    figures = []
    for start in range(0, len(findings.classes), ACROSS):
        classes = findings.classes[start : start + ACROSS]
        figures.append(_figure(test, findings, names, chosen, classes))
    return figures


def _distinct(findings: Findings, names: Sequence[str], fraction: float) -> list[str]:
    if len(names) <= DISTINCT:
        return list(names)
    ranked = sorted(names, key=lambda name: -findings.merit(name, fraction))
    first = [name for name in ranked if name == findings.reference]
    first += [name for name in ranked if name in findings.baselines][:1]
    first += [name for name in ranked if findings.looks[name].kind == "delivered"]
    chosen = (first + [name for name in ranked if name not in first])[:DISTINCT]
    return [name for name in names if name in chosen]


def _figure(
    test: pd.DataFrame,
    findings: Findings,
    names: Sequence[str],
    chosen: Sequence[str],
    classes: Sequence[str],
) -> Figure:
    looks = {name: findings.looks[name] for name in chosen}
    entries = handles(looks, markers=False)
    if len(chosen) < len(names):
        entries += handles({"other recipes": OTHER}, markers=False)
    figure, every = squares(len(classes), 2, 2.9, legend=len(entries))
    columns = [LOGIT + name for name in findings.classes]
    # The model handed over is judged on the test images of its own fold alone.
    guessing = test[test["recipe"].isin([*findings.recipes, *findings.baselines])]["label"]
    runs = [
        (name, rows["label"].to_numpy(), softmax(rows[columns].to_numpy(dtype=float)))
        for (name, _, _), rows in test.groupby(["recipe", "fold", "seed"], sort=False)
    ]
    for i, of in enumerate(classes):
        k = findings.classes.index(of)
        roc, pr = every[i], every[len(classes) + i]
        for name in sorted(names, key=lambda n: n in chosen):
            mine = [(labels == of, scores[:, k]) for who, labels, scores in runs if who == name]
            mine = [(positive, s) for positive, s in mine if 0 < positive.sum() < len(positive)]
            if not mine:
                continue
            look = looks.get(name, OTHER)
            for axes, on_grid in ((roc, roc_on_grid), (pr, precision_on_grid)):
                mean = np.mean([on_grid(*run) for run in mine], axis=0)
                axes.plot(GRID, mean, color=look.colour, linestyle=look.line, linewidth=1.3)
        roc.plot([0, 1], [0, 1], color=MUTED, linewidth=0.7, linestyle=(0, (1, 2)))
        pr.axhline(
            float((guessing == of).mean()), color=MUTED, linewidth=0.7, linestyle=(0, (1, 2))
        )
        roc.set_title(shorten(of, 26))
        _unit(roc, "1 − specificity", "Sensitivity" if i == 0 else "")
        _unit(pr, "Sensitivity (recall)", "Precision" if i == 0 else "")
        if len(findings.classes) == 2 and i:  # of two classes either ROC curve mirrors the other
            roc.remove()
            pr.set_title(shorten(of, 26))
    legend_below(figure, entries)
    return figure


def _unit(axes: Axes, x: str, y: str) -> None:
    ticks = [0, 0.25, 0.5, 0.75, 1]
    names = [decimal(tick, 2) if tick % 1 else f"{tick:.0f}" for tick in ticks]
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_xticks(ticks, names)
    axes.set_yticks(ticks, names)
    axes.set_xlabel(x)
    axes.set_ylabel(y)

"""ROC and precision-recall curves of each class."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pleura.evaluate.predicted_runs import knowns, labels_of, positives, probabilities_of, share
from pleura.report.classification import ClassifierStudy
from pleura.report.figures import canvas
from pleura.report.findings import Findings
from pleura.report.looks import Look
from pleura.report.numbers import at_labels, capital
from pleura.report.section import Blocks, Drawn, Figures, Section, Words, always
from pleura.tables import LOGIT

Floats = NDArray[np.float64]
GRID = np.linspace(0, 1, 101)
DISTINCT = 9  # lines that a panel can carry; of more recipes, the others are drawn in pale gray
OTHER = Look("#CBD1D7", (), "")


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
    tested = set(test["recipe"])
    bright = _bright([name for name in findings.looks if name in tested], findings, fraction)
    return [
        _figure(test, findings, bright, each) for each in canvas.rows_of_panels(findings.classes)
    ]


def _bright(names: Sequence[str], findings: Findings, fraction: float) -> dict[str, bool]:
    """Whether each of `names` is drawn in its colour."""
    always = (findings.reference, findings.best_baseline(fraction))
    ranked = sorted(
        names,
        key=lambda name: (
            name not in always and not findings.looks[name].handed_over,
            -findings.merit(name, fraction),
        ),
    )
    return {name: name in ranked[:DISTINCT] for name in names}


def _figure(
    test: pd.DataFrame, findings: Findings, bright: dict[str, bool], classes: Sequence[str]
) -> Figure:
    looks = {name: findings.looks[name] for name, chosen in bright.items() if chosen}
    others = {} if all(bright.values()) else {"other recipes": OTHER}
    entries = canvas.handles(looks | others, markers=False)
    figure, every = canvas.squares(len(classes), 2, 2.9, legend=len(entries))
    names = findings.classes
    # The model handed over is judged on the test images of its own fold alone.
    guessing = labels_of(test[test["recipe"].isin([*findings.recipes, *findings.baselines])], names)
    runs = [
        (recipe, positives(labels, len(names)), knowns(labels, len(names)), scores)
        for (recipe, _, _), rows in test.groupby(["recipe", "fold", "seed"], sort=False)
        for labels in [labels_of(rows, names)]
        for logits in [rows[[LOGIT + name for name in names]].to_numpy(dtype=float)]
        for scores in [probabilities_of(logits, labels)]
    ]
    for i, of in enumerate(classes):
        k = names.index(of)
        roc, pr = every[i], every[len(classes) + i]
        for name in sorted(bright, key=bright.__getitem__):
            mine = [
                (positive[is_known[:, k], k], scores[is_known[:, k], k])
                for recipe, positive, is_known, scores in runs
                if recipe == name and len(np.unique(positive[is_known[:, k], k])) == 2
            ]
            style = looks.get(name, OTHER).style(markers=False)
            for axes, on_grid in ((roc, roc_on_grid), (pr, precision_on_grid)) if mine else ():
                mean = np.mean([on_grid(*run) for run in mine], axis=0)
                axes.plot(GRID, mean, **style, linewidth=1.3)
        roc.plot([0, 1], [0, 1], **canvas.DOTTED, linewidth=0.7)
        pr.axhline(share(guessing, k, len(names)), **canvas.DOTTED, linewidth=0.7)
        roc.set(xlabel="1 − specificity", ylabel="" if i else "Sensitivity")
        pr.set(xlabel="Sensitivity (recall)", ylabel="" if i else "Precision")
        for axes in (roc, pr):
            canvas.unit_axes(axes, room=0.01)
        mirrored = len(names) == 2 and i == 1  # of two classes either ROC curve
        (pr if mirrored else roc).set_title(canvas.shorten(of, 26))
        if mirrored:
            roc.remove()
    canvas.legend_below(figure, entries)
    return figure


def _drawn(study: ClassifierStudy) -> Iterator[Drawn]:
    for fraction in study.findings.fractions:
        where = at_labels(fraction)
        description = (
            f"ROC and precision-recall curves, {where}; their areas are in the table of classes"
        )
        if len(study.findings.classes) == 2:
            description += "; of two classes the second has the ROC curve of the first, mirrored"
        for i, figure in enumerate(curves(study.contents.predictions, study.findings, fraction)):
            yield "" if i else capital(where), description, figure


def _blocks(study: ClassifierStudy, _: bool) -> Blocks:
    yield Words()
    yield Figures("curves", _drawn(study))


SECTION = Section("curves", always, _blocks)

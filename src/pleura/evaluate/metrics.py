"""The metrics of a table of probabilities, and their values under one or many sets of weights.

A metric is a record in `LISTED`; everything else reads the records.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pleura.evaluate import findings
from pleura.evaluate.confusion import Confusion
from pleura.evaluate.curve_areas import AUPRC, AUROC
from pleura.evaluate.kappa import KAPPA
from pleura.evaluate.matthews import MCC
from pleura.evaluate.metric import (
    ClassificationMetric,
    MeanOfImages,
    OfClasses,
    OfCounts,
    OfRanking,
    Split,
)
from pleura.evaluate.proper_scores import BRIER, LOG_LOSS
from pleura.evaluate.ranking import Floats, Ints, Ranking, under_weights
from pleura.evaluate.rates import ACCURACY, BALANCED_ACCURACY, F1, SENSITIVITY, SPECIFICITY

Values = dict[tuple[str, str], Floats]

LISTED = (
    AUROC,
    AUPRC,
    F1,
    SENSITIVITY,
    SPECIFICITY,
    ACCURACY,
    BALANCED_ACCURACY,
    LOG_LOSS,
    BRIER,
    MCC,
    KAPPA,
)
Metrics = Mapping[str, ClassificationMetric]
METRICS: Metrics = {metric.name: metric for metric in LISTED}
"""The records by name, in the order of tables."""


def metrics_of(labels: Ints) -> Metrics:
    """The records for labels of classes (n,), or for those of findings (n, f)."""
    return METRICS if labels.ndim == 1 else findings.METRICS


def softmax(logits: ArrayLike) -> Floats:
    """Probabilities (n, k) float64 of logits (n, k)."""
    logits = np.asarray(logits, dtype=np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def evaluate(
    labels: ArrayLike,
    probabilities: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    classes: Sequence[str] | None = None,
    metrics: Iterable[ClassificationMetric] | None = None,
    called: NDArray[np.bool_] | None = None,
) -> Values:
    """`metrics` by (name, class), equal to scikit-learn's with `sample_weight`.

    metrics: by default all that there are (see `metrics_of`). labels: (n,) int; probabilities:
    (n, k); weights: (n,), (b, n) or None, not negative. Each value has shape (), or (b,) under
    (b, n) weights. The class is a name of `classes` (by default "0", "1", ...), "macro" for the
    plain mean over classes of a macro metric, or "all" for the others. The predicted class is the
    likeliest one.

    A class that `labels` lacks is nan and left out of the means. A class whose images all have
    weight 0 is nan, and so are the means that it belongs to.

    Labels (n, k) are those of findings, of which an image may have several: 1, 0, or -1 where one
    is not known; what is `called` positive (n, k) is by default what is likelier than not, and all
    values are of findings, or their mean (see `pleura.evaluate.findings`).
    """
    labels = np.asarray(labels, dtype=np.int64)
    probabilities = np.asarray(probabilities, dtype=np.float64)
    n, k = probabilities.shape
    names = [str(c) for c in range(k)] if classes is None else list(classes)
    table = np.ones(n) if weights is None else np.asarray(weights)
    shape = table.shape[:-1]
    table = table.reshape(-1, n)
    metrics = tuple(metrics_of(labels).values() if metrics is None else metrics)
    if labels.ndim == 2:
        called = probabilities >= 0.5 if called is None else called
        of_finding, computed = findings.compute(labels, probabilities, called, table, metrics)
        present = dict.fromkeys(computed, of_finding)
    else:
        present, computed = _compute(labels, probabilities, table, metrics)
    values: Values = {}
    for metric in metrics:
        value = computed[metric.name]
        if metric.macro:
            here = present[metric.name]
            value = np.where(here[:, None], value, np.nan)
            values |= {(metric.name, name): value[c] for c, name in enumerate(names)}
            value = value[here].mean(axis=0) if here.any() else np.full(len(table), np.nan)
        values[metric.overall] = value
    return {key: value.reshape(shape) for key, value in values.items()}


def _compute(
    labels: Ints,
    probabilities: Floats,
    weights: NDArray[np.generic],
    metrics: Sequence[ClassificationMetric],
) -> tuple[dict[str, NDArray[np.bool_]], dict[str, Floats]]:
    """Of each metric the classes that there are, (k,), and its values under weights (b, n): (b,),
    or (k, b) of a macro one."""
    n, k = probabilities.shape
    present = np.isin(np.arange(k), labels)
    means = {m: m.needs for m in metrics if isinstance(m.needs, MeanOfImages)}
    pairs = np.zeros((n, k * k))
    pairs[np.arange(n), labels * k + probabilities.argmax(axis=1)] = 1
    images = np.column_stack([*(mean.of(labels, probabilities) for mean in means.values()), pairs])
    splits: dict[Split, dict[str, OfRanking]] = {}
    for m in metrics:
        if isinstance(m.needs, OfRanking):
            splits.setdefault(m.needs.split, {})[m.name] = m.needs
    by_split = {split: split(labels, probabilities) for split in splits}
    rankings = [
        (
            Ranking.of(positive[:, c], scores[:, c]),
            slice(None),
            [needs.of for needs in splits[split].values()],
        )
        for split, (positive, scores) in by_split.items()
        for c in range(k)
    ]
    summed, ranked = under_weights(weights, images, rankings)
    of = Confusion(summed[:, len(means) :].reshape(-1, k, k), present)
    there, computed = {m.name: present for m in metrics}, dict[str, Floats]()
    with np.errstate(invalid="ignore"):
        computed |= {m.name: summed[:, at] / of.total for at, m in enumerate(means)}
        computed |= {m.name: m.needs.of(of) for m in metrics if isinstance(m.needs, OfClasses)}
        counts = of.counts
        computed |= {m.name: m.needs.of(counts) for m in metrics if isinstance(m.needs, OfCounts)}
    for at, (split, mine) in enumerate(splits.items()):
        by_class = ranked[at * k : (at + 1) * k]
        computed |= {
            name: np.stack([areas_of_one[i] for areas_of_one in by_class])
            for i, name in enumerate(mine)
        }
        there |= dict.fromkeys(mine, np.asarray(by_split[split][0].any(axis=0)))
    return there, computed

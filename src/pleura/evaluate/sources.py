"""How well recipes do within a source, where a model cannot live on telling sources apart.

A source is a hospital, device or collection: the manifest's column `source`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.compare import limits
from pleura.evaluate.curve_areas import AUROC, auroc_within
from pleura.evaluate.intervals import interval
from pleura.evaluate.jackknife import leave_out, patient_groups
from pleura.evaluate.predicted_runs import PredictedRun, labels_of, read_runs
from pleura.evaluate.ranking import Floats
from pleura.tables import LABEL
from pleura.wording import absence

ACROSS, WITHIN, FALL = "across sources", "within sources", "across - within"
COLUMNS = ["recipe", "shown", "value", "low", "high"]
FEWEST = 2  # patients of a class in a source
Pairs = Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True)
class BySource:
    """AUROC between two classes, mean over all pairs of classes that some source holds; or between
    images with and without a finding, mean over findings of which some source holds both.

    `table`: columns recipe, shown, value, low, high. `shown` is "across sources" (any image of one
    class against any of the other), "within sources" (only images of one source against each other)
    or their paired difference "across - within".
    `pairs`: by pair of classes the sources that count. `several`: whether there are two sources or
    more, without which the rest is empty; `single`: whether each of them holds one class only.
    """

    table: pd.DataFrame
    pairs: Mapping[tuple[str, str], Sequence[str]]
    several: bool
    single: bool


def by_source(predictions: pd.DataFrame, *, fraction: float, level: float = 0.95) -> BySource:
    """AUROC of every recipe at one fraction across and within the sources of the test images.

    The AUROC between two classes (Hand & Till 2001) takes their probabilities alone, so that the
    same pairs of classes count on both sides: those of which some source holds two patients each in
    every fold, and within sources those sources. Limits are those of `summarise` and `compare`.
    Raises InputError (see `read_runs`).
    """
    here = predictions[predictions["fraction"] == fraction]
    test = here[here["part"] == "test"]
    source_of = dict(zip(test["image"].astype(str), test.get("source", ""), strict=False))
    sources = sorted({str(name) for name in source_of.values()} - {""})
    if len(sources) < 2:
        return BySource(pd.DataFrame(columns=COLUMNS), {}, False, False)
    table = read_runs(here)
    pairs = _pairs(test, table.names)
    single = bool((test[test["source"] != ""].groupby("source")["label"].nunique() == 1).all())
    if not pairs:
        return BySource(pd.DataFrame(columns=COLUMNS), pairs, True, single)
    groups = patient_groups(table.runs)

    def measure(run: PredictedRun, included: NDArray[np.bool_]) -> Mapping[str, Floats]:
        of_image = np.array([str(source_of[image]) for image in run.images], dtype=object)
        aurocs = [
            _of_pair(run, included, of_image, table.names, pair, held)
            for pair, held in pairs.items()
        ]
        across, within = np.mean(aurocs, axis=0)
        return {ACROSS: across, WITHIN: within}

    rows = []
    for recipe in table.recipes:
        samples = leave_out(table.of(recipe, fraction), groups, measure)
        for shown, sample in samples.items():
            ends = interval(AUROC, sample, level, FEWEST)
            rows.append((recipe, shown, sample.value, *ends))
        across, within = samples[ACROSS], samples[WITHIN]
        low, high, _ = limits(AUROC, across, within, level, FEWEST)
        rows.append((recipe, FALL, across.value - within.value, low, high))
    return BySource(pd.DataFrame(rows, columns=COLUMNS), pairs, True, single)


def _pairs(test: pd.DataFrame, classes: Sequence[str]) -> Pairs:
    """For each pair of classes, or each finding and its absence, the sources with enough patients
    of both in every test part."""
    keys = ["recipe", "seed", "fold"]
    test = test[test["source"] != ""]
    wanted = list(combinations(classes, 2))
    if LABEL + classes[0] in test:
        wanted = [(name, absence(name)) for name in classes]
        labels = labels_of(test, classes)
        sides = [
            (labels[:, at] == 1 - no, wanted[at][no]) for at in range(len(classes)) for no in (0, 1)
        ]
        test = pd.concat([test[side].assign(label=name) for side, name in sides])
    counts = test.groupby([*keys, "source", "label"])["patient"].nunique()
    fewest = counts.unstack(keys, fill_value=0).min(axis=1)
    enough = {name for name, count in fewest.items() if count >= FEWEST}
    sources = sorted({str(name) for name in test["source"]})
    held = {
        (one, other): [name for name in sources if {(name, one), (name, other)} <= enough]
        for one, other in wanted
    }
    return {pair: names for pair, names in held.items() if names}


def _of_pair(
    run: PredictedRun,
    included: NDArray[np.bool_],
    of_image: NDArray[np.object_],
    classes: Sequence[str],
    pair: tuple[str, str],
    held: Sequence[str],
) -> tuple[Floats, Floats]:
    """AUROC (b,) between two classes over all images of known source, and the mean within each of
    the sources `held`, weighted by its number of pairs of images."""
    i = classes.index(pair[0])
    positive, odds = run.positive[:, i], np.log(np.maximum(run.probabilities, 1e-300))
    if run.labels.ndim == 2:
        scores, of_pair = odds[:, i], run.is_known[:, i]
    else:
        j = classes.index(pair[1])
        scores, of_pair = odds[:, i] - odds[:, j], np.isin(run.labels, (i, j))

    def area(chosen: NDArray[np.bool_], strata: NDArray[np.object_]) -> Floats:
        at = np.flatnonzero(of_pair & chosen)
        weights = included[:, at].astype(np.float64)
        return auroc_within(strata[at], positive[at], scores[at], weights)

    across = area(of_image != "", np.full_like(of_image, "any"))
    return across, area(np.isin(of_image, held), of_image)

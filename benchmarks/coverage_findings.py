"""Coverage of the intervals, and false differences, of findings that are rare or partly unknown.

An image has three findings of the same prevalence, which go together by patient; of a share of the
patients each is not known. Scores are those of `benchmarks.coverage`, of each finding by itself;
called positive is what lies above the middle between images with and without it. One training.

python -m benchmarks.coverage_findings OUT.csv --simulations 500
"""

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from benchmarks.cells import Cell, run_cells
from benchmarks.coverage import GRID, Key, Setting, Simulated, rows_of, run_of, scored
from scipy import special, stats

from pleura.evaluate.findings import METRICS
from pleura.evaluate.metrics import evaluate
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.ranking import Ints

FINDINGS = ("first", "second", "third")
TOGETHER = 0.5  # correlation of what makes a patient have one finding and another
KEYS: list[Key] = [(name, of) for name in METRICS for of in (FINDINGS[0], "macro")]
SIZES = ((500, 0.02), (100, 0.1), (300, 0.1), (100, 0.3), (300, 0.3))  # patients, prevalence


@dataclass(frozen=True)
class FindingsSetting(Setting):
    """unknown: the share of patients of whom a finding is not known."""

    unknown: float = 0.0


def truth(setting: FindingsSetting, keys: Sequence[Key] = KEYS) -> dict[Key, float]:
    """The metrics in an endless population: a fine grid of scores, weighted by their densities. All
    findings are alike, so that the mean over them is that of one."""
    middle, pi = setting.separation / 2, setting.prevalence
    scores = middle + (np.arange(-GRID, GRID) + 0.5) * 12 / GRID
    weights = [(1 - pi) * stats.norm.pdf(scores), pi * stats.norm.pdf(scores - 2 * middle)]
    scores, labels = np.tile(scores, 2)[:, None], np.repeat([[0], [1]], 2 * GRID, axis=0)
    found = evaluate(
        labels,
        special.expit(scores - setting.threshold),
        np.concatenate(weights),
        metrics=[METRICS[name] for name in dict.fromkeys(name for name, _ in keys)],
        called=scores > middle,
    )
    return {key: float(found[key[0], "macro"]) for key in keys}


def labels_of(setting: FindingsSetting, rng: np.random.Generator) -> Ints:
    """Labels (patients, findings): 1, 0, or -1 where one is not known. Of each finding two patients
    are known to have it, and two not to."""
    shape = setting.patients, len(FINDINGS)
    while True:
        shared, own = rng.normal(size=(setting.patients, 1)), rng.normal(size=shape)
        severity = np.sqrt(TOGETHER) * shared + np.sqrt(1 - TOGETHER) * own
        labels = np.asarray(severity > stats.norm.isf(setting.prevalence), dtype=np.int64)
        labels[rng.random(shape) < setting.unknown] = -1
        if min((labels == side).sum(axis=0).min() for side in (0, 1)) >= 2:
            return labels


def simulate(setting: FindingsSetting, rng: np.random.Generator) -> list[list[PredictedRun]]:
    """Test predictions of two recipes on the same patients and images; one run each."""
    patient = np.repeat(np.arange(setting.patients), rng.integers(1, 8, setting.patients))
    labels = labels_of(setting, rng)[patient]
    # A finding that is not known is there or not, but nothing is judged by it.
    each = [scored(setting, patient, (of == 1).astype(np.int64), rng) for of in labels.T]
    result = []
    for recipe, of in enumerate((setting, setting.second)):
        scores = np.stack([both[recipe][1][0] for both in each], axis=1)
        probabilities = special.expit(scores - of.threshold)
        called = scores > of.separation / 2
        result.append([run_of(recipe, 0, patient, labels, probabilities, called)])
    return result


def run(setting: FindingsSetting, simulations: int) -> list[dict[str, object]]:
    """One row a metric of the first finding, and one of the mean over findings."""
    simulated = Simulated(simulate, truth, FINDINGS, METRICS)
    return rows_of(simulated, setting, simulations, 0, KEYS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table of all cells, or go on with it; print each metric by size."""
    parser = argparse.ArgumentParser(description="Coverage for rare and partly unknown findings.")
    parser.add_argument("table", type=Path, help="CSV to write")
    parser.add_argument("--simulations", type=int, default=500)
    parser.add_argument("--correlation", type=float, nargs="+", default=[0.3])
    parser.add_argument("--auroc", type=float, nargs="+", default=[0.75, 0.9])
    parser.add_argument("--unknown", type=float, nargs="+", default=[0.0, 0.3])
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)
    cells = []
    for (patients, prevalence), correlation, auroc, unknown in itertools.product(
        SIZES, options.correlation, options.auroc, options.unknown
    ):
        setting = FindingsSetting(patients, correlation, prevalence, auroc, 1, 0.0, 0.0, unknown)
        known = vars(setting) | {"simulations": options.simulations}
        cells.append(Cell(known, partial(run, setting, options.simulations)))
    table = run_cells(options.table, cells, options.workers)
    found = table.groupby(["patients", "prevalence", "metric", "of"], sort=False)
    told = found[["coverage", "significant"]].agg(["mean", "min", "max"])
    print((100 * told).round(1).to_string())


if __name__ == "__main__":
    main()

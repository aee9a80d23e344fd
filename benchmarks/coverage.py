"""Coverage of the intervals and type-I error of the comparisons on simulated patients.

Scores are binormal; a patient has one label and 1 to 7 images whose scores correlate. A training
(seed) shifts the separation and adds noise of its own. The truth is the metric in an endless
population, averaged over endless seeds. Two recipes are compared that share that truth, or whose
AUROC differ by `--effect`.

python -m benchmarks.coverage OUT.csv OUT.svg --simulations 2000 --bootstrap 300
"""

import argparse
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from benchmarks.coverage_figure import draw
from numpy.typing import NDArray
from scipy import stats

from pleura.evaluate.compare import limits
from pleura.evaluate.intervals import bearing, interval, patients_by_class
from pleura.evaluate.jackknife import leave_one_out
from pleura.evaluate.metric import ClassificationMetric
from pleura.evaluate.metrics import METRICS, evaluate, softmax
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.ranking import Floats, Ints
from pleura.files import write_atomically

Key = tuple[str, str]
CLASSES = ("healthy", "diseased")
KEYS = [(m.name, CLASSES[1] if m.macro else "all") for m in METRICS.values()]
LEVEL = 0.95
BOOTSTRAPPED = 500  # simulations of a cell, to show what the usual method does
GRID = 6000  # scores on either side of the threshold, to 12 standard deviations
OF_RECIPE, OF_SEED = 0.2, 0.2  # shares of the score's variance owned by a recipe, by a seed


@dataclass(frozen=True)
class Setting:
    """One cell of the simulation.

    correlation: within a patient's images; shift: standard deviation of the separation between
    seeds, 0 with one seed, whose own AUROC is then the truth; effect: what the second recipe's
    AUROC lacks.
    """

    patients: int
    correlation: float
    prevalence: float
    auroc: float
    seeds: int
    shift: float
    effect: float

    @property
    def second(self) -> "Setting":
        """The same for the second recipe."""
        return replace(self, auroc=self.auroc - self.effect, effect=0.0)

    @property
    def separation(self) -> float:
        """Mean distance of the classes, such that the AUROC averaged over seeds is `auroc`."""
        return float(stats.norm.ppf(self.auroc) * np.sqrt(2 + self.shift**2))

    @property
    def threshold(self) -> float:
        """The score above which disease is the likelier."""
        odds = (1 - self.prevalence) / self.prevalence
        return self.separation / 2 + float(np.log(odds)) / self.separation


@dataclass(frozen=True)
class Simulated:
    """What is simulated, of which classes, and by which `metrics` it is judged. simulate: test
    predictions of two recipes on the same images; truth: the metrics in an endless population."""

    simulate: Callable[[Any, np.random.Generator], list[list[PredictedRun]]]
    truth: Callable[[Any, Sequence[Key]], dict[Key, float]]
    classes: tuple[str, ...]
    metrics: Mapping[str, ClassificationMetric]


def truth(setting: Setting, keys: Sequence[Key] = KEYS) -> dict[Key, float]:
    """The metrics in an endless population, averaged over seeds by Gauss-Hermite quadrature.

    The population is a fine grid of scores with the densities of both classes as weights; the
    threshold lies in the middle between two of them.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(21 if setting.shift else 1)
    means = setting.separation + setting.shift * nodes[:, None]
    away = (np.arange(-GRID, GRID) + 0.5) * 12 / GRID
    scores, pi = setting.threshold + away, setting.prevalence
    healthy, diseased = (stats.norm.pdf(scores - mean) for mean in (0 * means, means))
    population = np.concatenate([(1 - pi) * healthy, pi * diseased], axis=1)
    logits = np.tile(np.stack([np.zeros(2 * GRID), away], axis=1), (2, 1))
    labels, metrics = np.repeat([0, 1], 2 * GRID), {METRICS[name] for name, _ in keys}
    found = evaluate(labels, softmax(logits), population, classes=CLASSES, metrics=metrics)
    return {key: float(np.average(found[key], weights=weights)) for key in keys}


def simulate(setting: Setting, rng: np.random.Generator) -> list[list[PredictedRun]]:
    """Test predictions of two recipes on the same patients and images; one run a seed."""
    disease = np.zeros(setting.patients, dtype=np.int64)
    while not 2 <= disease.sum() <= setting.patients - 2:
        disease = (rng.random(setting.patients) < setting.prevalence).astype(np.int64)
    patient = np.repeat(np.arange(setting.patients), rng.integers(1, 8, setting.patients))
    labels, result = disease[patient], []
    for recipe, (of, scores) in enumerate(scored(setting, patient, labels, rng)):
        runs = []
        for seed, score in enumerate(scores):
            logits = np.stack([np.zeros(len(labels)), score - of.threshold], axis=1)
            runs.append(run_of(recipe, seed, patient, labels, softmax(logits)))
        result.append(runs)
    return result


def run_of(
    recipe: int,
    seed: int,
    patient: Ints,
    labels: Ints,
    probabilities: Floats,
    called: NDArray[np.bool_] | None = None,
) -> PredictedRun:
    """Test predictions of images whose patients have numbers, (n,)."""
    images, patients = np.arange(len(patient)).astype(str), patient.astype(str)
    names = images.astype(object), patients.astype(object)
    return PredictedRun(str(recipe), 1.0, seed, 0, *names, labels, probabilities, called)


def scored(
    setting: Setting, patient: Ints, disease: Ints, rng: np.random.Generator
) -> list[tuple[Setting, list[Floats]]]:
    """Of either recipe its setting and, for each seed, the scores (n,) of images, whose patients
    and disease are (n,)."""
    n = len(patient)

    def noise() -> Floats:
        between, within = rng.normal(size=setting.patients)[patient], rng.normal(size=n)
        rho = setting.correlation
        return np.asarray(np.sqrt(rho) * between + np.sqrt(1 - rho) * within)

    common = noise() * np.sqrt(1 - OF_RECIPE - OF_SEED)
    result = []
    for of in (setting, setting.second):
        own = common + noise() * np.sqrt(OF_RECIPE)
        scores = []
        for _ in range(setting.seeds):
            mean = (of.separation + of.shift * rng.normal()) * disease
            scores.append(mean + own + noise() * np.sqrt(OF_SEED))
        result.append((of, scores))
    return result


def percentile(
    run: PredictedRun, keys: Sequence[Key], resamples: int, rng: np.random.Generator
) -> dict[Key, tuple[float, float]]:
    """The usual percentile bootstrap over patients, for comparison."""
    of_image = np.unique(run.patients, return_inverse=True)[1]
    m = int(of_image.max()) + 1
    weights = rng.multinomial(m, np.full(m, 1 / m), size=resamples)[:, of_image]
    metrics = {METRICS[name] for name, _ in keys}
    drawn = evaluate(run.labels, run.probabilities, weights, classes=CLASSES, metrics=metrics)
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    pairs = {key: np.nanquantile(drawn[key], tails) for key in keys}
    return {key: (float(low), float(high)) for key, (low, high) in pairs.items()}


def run(
    setting: Setting, simulations: int, resamples: int, keys: Sequence[Key] = KEYS
) -> list[dict[str, object]]:
    """Of two classes: one row a metric (see `rows_of`)."""
    return rows_of(
        Simulated(simulate, truth, CLASSES, METRICS), setting, simulations, resamples, keys
    )


def rows_of(
    of: Simulated, setting: Any, simulations: int, resamples: int, keys: Sequence[Key]
) -> list[dict[str, object]]:
    """Coverage, misses on either side, mean width, and of the paired difference its coverage and
    how often it is significant: one row a metric."""
    drawn = [value for name, value in vars(setting).items() if name != "shift"]
    numbers = [value for value in drawn if not isinstance(value, str)]
    rng = np.random.default_rng([round(1000 * value) for value in numbers])
    aim, second = of.truth(setting, keys), of.truth(setting.second, keys)
    groups = {str(p): p for p in range(setting.patients)}
    outcomes: dict[Key, list[list[float]]] = {key: [] for key in keys}
    metrics = [of.metrics[name] for name in dict.fromkeys(name for name, _ in keys)]
    for simulation in range(simulations):
        ours, theirs = of.simulate(setting, rng)
        samples, others = (
            leave_one_out(runs, groups, of.classes, metrics) for runs in (ours, theirs)
        )
        shown = patients_by_class(ours, len(of.classes))
        compared = resamples and setting.seeds == 1 and simulation < BOOTSTRAPPED
        usual = percentile(ours[0], keys, resamples, rng) if compared else {}
        for key in keys:
            metric, name = of.metrics[key[0]], key[1]
            at = of.classes.index(name) if name in of.classes else None
            behind = bearing(shown, metric, at)
            low, high = interval(metric, samples[key], LEVEL, behind)
            left, right = usual.get(key, (np.nan, np.nan))
            below, above, p = limits(metric, samples[key], others[key], LEVEL, behind)
            outcomes[key].append(
                [
                    low <= aim[key] <= high,
                    aim[key] < low,
                    aim[key] > high,
                    high - low,
                    float(left <= aim[key] <= right) if usual else np.nan,
                    below <= aim[key] - second[key] <= above,
                    p < 1 - LEVEL,
                ]
            )
    columns = (
        *("coverage", "above_truth", "below_truth", "width", "percentile_coverage"),
        *("difference_coverage", "significant"),
    )
    return [
        vars(setting)
        | {"metric": key[0], "of": key[1], "truth": aim[key], "simulations": simulations}
        | dict(zip(columns, pd.DataFrame(rows).mean().tolist(), strict=True))
        for key, rows in outcomes.items()
    ]


def _run(job: tuple[Setting, int, int, list[Key]]) -> list[dict[str, object]]:
    return run(*job)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Coverage and type-I error on simulated patients.")
    parser.add_argument("table", type=Path, help="CSV to write")
    parser.add_argument("figure", type=Path, help="SVG to write")
    parser.add_argument("--simulations", type=int, default=500)
    parser.add_argument("--patients", type=int, nargs="+", default=[30, 60, 100, 300])
    parser.add_argument("--correlation", type=float, nargs="+", default=[0, 0.3, 0.6])
    parser.add_argument("--prevalence", type=float, nargs="+", default=[0.2, 0.5])
    parser.add_argument("--auroc", type=float, nargs="+", default=[0.75, 0.9, 0.98])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--shift", type=float, default=0.1, help="of the separation between seeds")
    parser.add_argument("--effect", type=float, default=0.0, help="between the recipes, in AUROC")
    parser.add_argument("--bootstrap", type=int, default=0, help="resamples of the percentile one")
    parser.add_argument("--metrics", nargs="+", choices=METRICS, default=list(METRICS))
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)

    keys = [key for key in KEYS if key[0] in options.metrics]
    start, rows = time.perf_counter(), []
    jobs = []
    for patients, correlation, prevalence, auroc, seeds in itertools.product(
        options.patients, options.correlation, options.prevalence, options.auroc, options.seeds
    ):
        shift = options.shift if seeds > 1 else 0.0
        setting = Setting(patients, correlation, prevalence, auroc, seeds, shift, options.effect)
        jobs.append((setting, options.simulations, options.bootstrap, keys))
    with ProcessPoolExecutor(options.workers) as pool:
        for (setting, *_), found in zip(jobs, pool.map(_run, jobs), strict=True):
            rows += found
            shown = " ".join(f"{row['metric']} {row['coverage']:.3f}" for row in found)
            print(f"{time.perf_counter() - start:6.0f} s  {setting}  {shown}", flush=True)
    table = pd.DataFrame(rows)
    with write_atomically(options.table) as temporary:
        table.to_csv(temporary, index=False)
    draw(table, options.figure)


if __name__ == "__main__":
    main()

"""Coverage of the intervals, and false differences, of metrics of grades and of numbers.

A patient has a severity (standard normal) and 1 to 7 images; what an image is predicted is
correlated with it, with noise that images of a patient share in part. Grades are severity cut at
quantiles, and an ordered probit of the prediction; numbers are severity and prediction themselves.
The truth is that of 400,000 patients. Two recipes are compared that are equally good.

python -m benchmarks.coverage_ordered OUT.csv --simulations 300 --within 0.5
"""

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from benchmarks.cells import Cell, run_cells
from benchmarks.coverage import LEVEL, Key, Simulated, rows_of, run_of
from numpy.typing import NDArray
from scipy import stats

from pleura.evaluate.grades import OF_GRADES as LISTED
from pleura.evaluate.metrics import evaluate
from pleura.evaluate.number_metrics import METRICS, evaluate_numbers
from pleura.evaluate.numbers import compare_numbers, summarise_numbers
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.ranking import Floats

GRADES = 4
CUTS = {"even": (0.25, 0.5, 0.75), "rare": (0.5, 0.75, 0.9)}
SOFT = 0.4  # deviations of severity over which one grade goes over into the next
POPULATION = 400_000  # patients whose metrics are taken for the truth
NAMED = {metric.name: metric for metric in LISTED}


@dataclass(frozen=True)
class Setting:
    """correlation: of severity and prediction; within: share of the noise that images of a patient
    have in common; cuts: between the grades, quantiles of severity by name."""

    patients: int
    correlation: float
    within: float
    cuts: str

    @property
    def second(self) -> "Setting":
        """The second recipe is as good."""
        return self


def drawn(of: Setting, patients: int, rng: np.random.Generator) -> tuple[NDArray[Any], ...]:
    """Patients (n,), severity (n,) and what two recipes predict of each image (n,)."""
    patient = np.repeat(np.arange(patients), rng.integers(1, 8, patients))
    severity = rng.normal(size=patients)[patient]
    n = len(patient)

    def noise() -> Floats:
        shared, own = rng.normal(size=patients)[patient], rng.normal(size=n)
        return np.asarray(np.sqrt(of.within) * shared + np.sqrt(1 - of.within) * own)

    common = noise()
    told = [
        of.correlation * severity
        + np.sqrt(1 - of.correlation**2) * (np.sqrt(0.6) * common + np.sqrt(0.4) * noise())
        for _ in range(2)
    ]
    return patient, severity, *told


def graded(values: Floats, cuts: str) -> NDArray[np.int64]:
    """Grades (n,) of severities or predictions (n,)."""
    return np.digitize(values, stats.norm.ppf(CUTS[cuts]))


def logits(predicted: Floats, cuts: str) -> Floats:
    """Log-probabilities (n, grades) of an ordered probit: the greater what is predicted, the more
    probable is every "at least this grade"."""
    edges = stats.norm.ppf(CUTS[cuts])
    above = stats.norm.cdf((predicted[:, None] - edges) / SOFT)
    each = -np.diff(np.column_stack([np.ones(len(above)), above, np.zeros(len(above))]), axis=1)
    return np.asarray(np.log(np.maximum(each, np.finfo(np.float64).tiny)))


def predictions(of: Setting, rng: np.random.Generator) -> tuple[NDArray[Any], ...]:
    """What `drawn` gives for the patients of a setting, with two patients of each grade, as limits
    of an AUROC need."""
    fewest = 0
    while fewest < 2:
        patient, severity, *told = drawn(of, of.patients, rng)
        of_patients = graded(severity[np.unique(patient, return_index=True)[1]], of.cuts)
        fewest = np.bincount(of_patients, minlength=GRADES).min()
    return patient, severity, *told


def simulate(of: Setting, rng: np.random.Generator) -> list[list[PredictedRun]]:
    """Test predictions of grades by two recipes; one run each."""
    patient, severity, *told = predictions(of, rng)
    labels = graded(severity, of.cuts)
    return [
        [run_of(recipe, 0, patient, labels, np.exp(logits(each, of.cuts)))]
        for recipe, each in enumerate(told)
    ]


def truth_of_grades(of: Setting, keys: Sequence[Key]) -> dict[Key, float]:
    """The metrics of grades in a large population."""
    _, severity, told, _ = drawn(of, POPULATION, np.random.default_rng(0))
    found = evaluate(graded(severity, of.cuts), np.exp(logits(told, of.cuts)), metrics=LISTED)
    return {key: float(found[key]) for key in keys}


def grades(of: Setting, simulations: int) -> list[dict[str, object]]:
    """Of grades: a row a metric; see `rows_of`."""
    names = tuple(str(grade) for grade in range(GRADES))
    simulated = Simulated(simulate, truth_of_grades, names, NAMED)
    return rows_of(simulated, of, simulations, 0, [metric.overall for metric in LISTED])


def table(of: Setting, rng: np.random.Generator) -> pd.DataFrame:
    """Predictions of numbers by two recipes."""
    patient, severity, *told = predictions(of, rng)
    known = {"fold": 0, "seed": 0, "fraction": 1.0, "part": "test", "number": severity}
    known |= {"image": np.arange(len(patient)).astype(str), "patient": patient.astype(str)}
    parts = [
        pd.DataFrame({**known, "recipe": str(recipe), "predicted": each})
        for recipe, each in enumerate(told)
    ]
    return pd.concat(parts, ignore_index=True)


def numbers(of: Setting, simulations: int) -> list[dict[str, object]]:
    """Of numbers: coverage and false differences, a row a metric."""
    rng = np.random.default_rng([round(1000 * v) for v in (of.patients, of.correlation, of.within)])
    _, severity, told, _ = drawn(of, POPULATION, rng)
    aim = {name: float(value[0]) for name, value in evaluate_numbers(severity, told).items()}
    held: dict[str, list[tuple[bool, bool, float]]] = {name: [] for name in aim}
    for _ in range(simulations):
        every = table(of, rng)
        rows = summarise_numbers(every[every["recipe"] == "0"]).set_index("metric")
        for name, metric in METRICS.items():
            low, high = rows.loc[[name], ["low", "high"]].to_numpy(dtype=np.float64)[0]
            p = float(compare_numbers(every, reference="1", metric=metric)["p"].iloc[0])
            here = bool(low <= aim[name] <= high)
            held[name].append((here, p < 1 - LEVEL, float(high - low)))
    names = ("coverage", "significant", "width")
    return [
        vars(of)
        | {"metric": name, "of": "all", "truth": aim[name], "simulations": simulations}
        | dict(zip(names, np.mean(found, axis=0).tolist(), strict=True))
        for name, found in held.items()
    ]


KINDS = {"grades": grades, "numbers": numbers}


def of_kind(kind: str, of: Setting, simulations: int) -> list[dict[str, object]]:
    """The rows of grades or of numbers, with what they are of."""
    return [{"kind": kind, **row} for row in KINDS[kind](of, simulations)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table of all cells, or go on with it; print each metric by patients."""
    parser = argparse.ArgumentParser(description="Coverage for grades and numbers.")
    parser.add_argument("table", type=Path, help="CSV to write")
    parser.add_argument("--of", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--simulations", type=int, default=500)
    parser.add_argument("--patients", type=int, nargs="+", default=[30, 100, 300])
    parser.add_argument("--correlation", type=float, nargs="+", default=[0.5, 0.8])
    parser.add_argument("--within", type=float, nargs="+", default=[0.0, 0.5])
    parser.add_argument("--cuts", nargs="+", choices=CUTS, default=list(CUTS))
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)
    cells = []
    for at in itertools.product(
        options.patients, options.correlation, options.within, options.cuts
    ):
        setting = Setting(*at)
        known = vars(setting) | {"simulations": options.simulations}
        for kind in options.of:
            job = partial(of_kind, kind, setting, options.simulations)
            cells.append(Cell(known | {"kind": kind}, job))
    found = run_cells(options.table, cells, options.workers).groupby(
        ["patients", "metric"], sort=False
    )
    told = found[["coverage", "significant"]].agg(["mean", "min", "max"])
    print((100 * told).round(1).to_string())


if __name__ == "__main__":
    main()

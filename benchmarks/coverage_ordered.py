"""Coverage of the intervals, and false differences, of metrics of grades and of numbers.

A patient has a severity (standard normal) and 1 to 7 images; what an image is predicted is
correlated with it, with noise that images of a patient share in part. Grades are severity cut at
quantiles, and an ordered probit of the prediction; numbers are severity and prediction themselves.
The truth is that of 400,000 patients. Two recipes are compared that are equally good.

python -m benchmarks.coverage_ordered OUT.csv --simulations 300 --within 0.5
"""

import argparse
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from pleura.evaluate.compare import compare
from pleura.evaluate.grades import METRICS as OF_GRADES
from pleura.evaluate.grades import OF_GRADES as LISTED
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metrics import evaluate
from pleura.evaluate.number_metrics import METRICS as OF_NUMBERS
from pleura.evaluate.number_metrics import evaluate_numbers
from pleura.evaluate.numbers import compare_numbers, summarise_numbers
from pleura.files import write_atomically

GRADES = 4
CUTS = {"even": (0.25, 0.5, 0.75), "rare": (0.5, 0.75, 0.9)}
SOFT = 0.4  # deviations of severity over which one grade goes over into the next
LEVEL = 0.95
POPULATION = 400_000  # patients whose metrics are taken for the truth
NAMED = {metric.name: metric for metric in LISTED}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """correlation: of severity and prediction; within: share of the noise that images of a patient
    have in common; cuts: between the grades, quantiles of severity by name."""

    patients: int
    correlation: float
    within: float
    cuts: str


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


def truth(of: Setting, population: int, rng: np.random.Generator) -> dict[str, float]:
    """The metrics of as many patients as the `population` has."""
    _, severity, told, _ = drawn(of, population, rng)
    probabilities = np.exp(logits(told, of.cuts))
    found = evaluate(graded(severity, of.cuts), probabilities, metrics=LISTED)
    values = {m.name: float(found[m.name, "macro" if m.macro else "all"]) for m in LISTED}
    numbers = evaluate_numbers(severity, told)
    return values | {name: float(value[0]) for name, value in numbers.items()}


def table(of: Setting, rng: np.random.Generator) -> pd.DataFrame:
    """Predictions of two recipes, of grades and of numbers at once; each grade has two patients, as
    limits of an AUROC need."""
    fewest = 0
    while fewest < 2:
        patient, severity, *told = drawn(of, of.patients, rng)
        of_patients = graded(severity[np.unique(patient, return_index=True)[1]], of.cuts)
        fewest = np.bincount(of_patients, minlength=GRADES).min()
    names = [str(grade) for grade in range(GRADES)]
    parts = []
    for recipe, predicted in enumerate(told):
        part = pd.DataFrame(
            logits(predicted, of.cuts), columns=[f"logit_{name}" for name in names]
        ).assign(
            recipe=str(recipe),
            fold=0,
            seed=0,
            fraction=1.0,
            part="test",
            image=np.arange(len(patient)).astype(str),
            patient=patient.astype(str),
            label=graded(severity, of.cuts).astype(str),
            number=severity,
            predicted=predicted,
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def run(of: Setting, simulations: int, population: int = POPULATION) -> list[dict[str, object]]:
    """Coverage and false differences, a row a metric."""
    rng = np.random.default_rng([round(1000 * v) for v in (of.patients, of.correlation, of.within)])
    aim = truth(of, population, rng)
    kinds: list[tuple[Mapping[str, Any], Callable[..., pd.DataFrame], Any]] = [
        (NAMED, lambda it: summarise(it, metrics=LISTED), compare),
        (OF_NUMBERS, summarise_numbers, compare_numbers),
    ]
    held: dict[str, list[tuple[bool, bool, float]]] = {name: [] for name in aim}
    for _ in range(simulations):
        predictions = table(of, rng)
        for metrics, summary_of, comparison in kinds:
            rows = summary_of(predictions[predictions["recipe"] == "0"])
            whole = rows[rows["class"].isin(["macro", "all"])].set_index("metric")
            for name, metric in metrics.items():
                low, high = whole.loc[[name], ["low", "high"]].to_numpy(dtype=np.float64)[0]
                record = OF_GRADES.get(name, metric)
                p = float(comparison(predictions, reference="1", metric=record)["p"].iloc[0])
                here = bool(low <= aim[name] <= high)
                held[name].append((here, p < 1 - LEVEL, float(high - low)))
    return [
        vars(of)
        | {"metric": name, "truth": aim[name], "simulations": simulations}
        | dict(
            zip(("coverage", "significant", "width"), np.mean(found, axis=0).tolist(), strict=True)
        )
        for name, found in held.items()
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table of all cells, and print the mean and range of each metric by patients."""
    parser = argparse.ArgumentParser(description="Coverage for grades and numbers.")
    parser.add_argument("table", type=Path, help="CSV to write")
    parser.add_argument("--simulations", type=int, default=300)
    parser.add_argument("--patients", type=int, nargs="+", default=[30, 100, 300])
    parser.add_argument("--correlation", type=float, nargs="+", default=[0.5, 0.8])
    parser.add_argument("--within", type=float, nargs="+", default=[0.0, 0.5])
    parser.add_argument("--cuts", nargs="+", choices=CUTS, default=list(CUTS))
    options = parser.parse_args(arguments)
    rows: list[dict[str, object]] = []
    for cell in itertools.product(
        options.patients, options.correlation, options.within, options.cuts
    ):
        rows += run(Setting(*cell), options.simulations)
        with write_atomically(options.table) as temporary:
            pd.DataFrame(rows).to_csv(temporary, index=False)
        print(cell, {row["metric"]: row["coverage"] for row in rows[-8:]}, flush=True)
    found = pd.DataFrame(rows).groupby(["patients", "metric"], sort=False)
    told = found[["coverage", "significant"]].agg(["mean", "min", "max"])
    print((100 * told).round(1).to_string())


if __name__ == "__main__":
    main()

"""Coverage of the intervals of segmentation metrics, and how often equal recipes differ.

A patient has 1 to 5 cases, which correlate by .5. A training (seed) adds noise of its own to every
case. Two recipes share the truth: the mean over endless cases.

python benchmarks/segmentation_coverage.py --simulations 1000
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from pleura.evaluate.case_metrics import CASE_METRICS
from pleura.evaluate.compare import limits
from pleura.evaluate.intervals import interval
from pleura.evaluate.jackknife import LeaveOneOut
from pleura.evaluate.ranking import Floats, Ints

WITHIN_PATIENT, OF_SEED = 0.5, 0.1  # shares of a case's variance


@dataclass(frozen=True)
class Population:
    """Cases of one kind: `quantile` gives the metric of a case from its rank in (0, 1)."""

    name: str
    metric: str
    quantile: Callable[[Floats], Floats]

    @property
    def truth(self) -> float:
        """The mean over an endless number of cases."""
        return float(self.quantile((np.arange(400_000) + 0.5) / 400_000).mean())


def failing(
    share: float, bad: float, good: Callable[[Floats], Floats]
) -> Callable[[Floats], Floats]:
    """A `share` of cases has the value `bad`, the others are `good`."""
    return lambda u: np.where(u < share, bad, good(np.clip((u - share) / (1 - share), 1e-9, 1)))


def distance(u: Floats) -> Floats:
    """Median 4.5 pixels, the largest twentieth above 17."""
    return np.asarray(np.exp(1.5 + 0.8 * stats.norm.ppf(1 - u)))


POPULATIONS = (
    Population("Dice .97, no failures", "dice", lambda u: stats.beta.ppf(u, 97, 3)),
    Population("Dice .67, 10 % not found", "dice", failing(0.10, 0.0, stats.beta(9, 3).ppf)),
    Population("Dice .92, 3 % not found", "dice", failing(0.03, 0.0, stats.beta(57, 3).ppf)),
    Population(
        "false-positive area, 30 % none",
        "false_positive_area",
        failing(0.3, 0.0, lambda u: np.exp(-5 + stats.norm.ppf(np.minimum(u, 1 - 1e-9)))),
    ),
    Population("HD95", "hd95", distance),
    Population("HD95, 3 % not found", "hd95", failing(0.03, 181.0, distance)),
    Population("pieces too many, mean .5", "components", lambda u: stats.nbinom.ppf(u, 1, 2 / 3)),
)


def run(population: Population, patients: int, seeds: int, simulations: int) -> tuple[float, float]:
    """Share of intervals that hold the truth, and of comparisons of equals with p < .05."""
    rng = np.random.default_rng(0)
    truth = population.truth
    held = differing = 0
    for _ in range(simulations):
        size = rng.integers(1, 6, patients)
        patient = np.repeat(np.arange(patients), size)
        shared = np.sqrt(WITHIN_PATIENT) * rng.normal(size=patients)[patient]
        shared += np.sqrt(1 - WITHIN_PATIENT) * rng.normal(size=len(patient))
        one, two = (
            leave_one_out(
                population.quantile(
                    stats.norm.cdf(
                        np.sqrt(1 - OF_SEED) * shared
                        + np.sqrt(OF_SEED) * rng.normal(size=(seeds, len(patient)))
                    )
                ),
                patient,
            )
            for _ in range(2)
        )
        low, high = interval(CASE_METRICS[population.metric], one, 0.95, patients)
        held += low <= truth <= high
        differing += limits(CASE_METRICS[population.metric], one, two, 0.95, patients)[2] < 0.05
    return held / simulations, differing / simulations


def leave_one_out(values: Floats, patient: Ints) -> LeaveOneOut:
    """The mean of `values` (seeds, cases) with each patient left out."""
    member = np.eye(int(patient.max()) + 1)[patient]
    total, count = values.sum(axis=1, keepdims=True), len(patient)
    return LeaveOneOut(
        values.mean(axis=1), (total - values @ member) / (count - member.sum(axis=0))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    simulations = parser.parse_args().simulations
    print("| cases | seeds | 20 patients | 50 | 100 |\n|---|---|---|---|---|")
    for population in POPULATIONS:
        for seeds in (1, 3):
            found = [run(population, patients, seeds, simulations) for patients in (20, 50, 100)]
            cells = " | ".join(f"{100 * held:.1f}, {100 * p:.1f}" for held, p in found)
            print(f"| {population.name} | {seeds} | {cells} |", flush=True)


if __name__ == "__main__":
    main()

"""How often intervals of calibration errors and of shares near 1 hold the truth.

    python benchmarks/calibration.py errors|shares

The numbers stand in docs/concepts/calibration.md.
"""

import argparse

import numpy as np

from pleura.evaluate.calibration import Calibrated, Calibrations
from pleura.evaluate.calibration_maps import CalibrationMap
from pleura.evaluate.intervals import interval
from pleura.evaluate.jackknife import LeaveOneOut
from pleura.evaluate.metrics import softmax
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.proportions import proportion_interval
from pleura.evaluate.ranking import Ints
from pleura.evaluate.rates import SENSITIVITY
from pleura.evaluate.reliability import by_reliability


def simulated(rng: np.random.Generator, patients: int, factor: float, shared: bool) -> PredictedRun:
    """Right probabilities of three classes, 1 to 4 images a patient, logits then multiplied.

    `shared`: all images of a patient go by one draw, and so mostly have one label.
    """
    member = np.repeat(np.arange(patients), rng.integers(1, 5, patients))
    n = len(member)
    logits = 2 * rng.normal(size=(patients, 3))[member] + 0.7 * rng.normal(size=(n, 3))
    drawn = rng.random(patients)[member] if shared else rng.random(n)
    labels = (drawn[:, None] > softmax(logits).cumsum(axis=1)[:, :-1]).sum(axis=1)
    images = np.array([f"{i:06d}" for i in range(n)], dtype=object)
    names = np.array([f"p{i}" for i in member], dtype=object)
    return PredictedRun("simulated", 1.0, 0, 0, images, names, labels, softmax(logits * factor))


def errors(repeats: int) -> None:
    """The classwise calibration error: its mean, by chance, coverage of that mean."""
    rng = np.random.default_rng(0)
    no_labels: Ints = np.zeros(0, dtype=np.int64)
    nobody = np.zeros(0, dtype=object)
    print("patients  shared  factor  mean  by chance  holds mean  above chance")
    for patients in (60, 150, 300):
        for shared in (False, True):
            for factor in (1.0, 1.3, 2.0):
                found = []
                for _ in range(repeats):
                    run = simulated(rng, patients, factor, shared)
                    same = CalibrationMap(1.0, (0.0, 0.0, 0.0))
                    one = Calibrated(run, run, same, no_labels, np.zeros((0, 3)), nobody, nobody)
                    table = by_reliability(Calibrations({"simulated": [one]}, ("a", "b", "c")))
                    rows = table[table["measure"] == "ece"].set_index("shown")
                    numbers = rows.loc[["after", "chance"], ["value", "low", "high"]]
                    found.append(numbers.to_numpy(np.float64))
                error, chance = np.moveaxis(np.array(found), 1, 0)
                mean = error[:, 0].mean()
                holds = ((error[:, 1] <= mean) & (mean <= error[:, 2])).mean()
                above = (error[:, 0] > chance[:, 2]).mean()
                print(
                    f"{patients:8d}  {shared!s:6s}  {factor:6.1f}  {mean:.3f}  "
                    f"{chance[:, 0].mean():9.3f}  {holds:10.3f}  {above:12.3f}",
                    flush=True,
                )


def shares(repeats: int) -> None:
    """Shares of images, 1 to 5 a patient: coverage and mean width, and the usual ones."""
    rng = np.random.default_rng(1)
    print("patients  share  correlation  covers  width  logit scale: covers  width")
    for patients in (30, 60, 150, 300):
        for share in (0.5, 0.9, 0.95, 0.99):
            for correlation in (0.0, 0.4):
                found = []
                for _ in range(repeats):
                    images = rng.integers(1, 6, patients)
                    chances = np.full(patients, share)
                    if correlation:
                        weight = 1 / correlation - 1
                        chances = rng.beta(share * weight, (1 - share) * weight, patients)
                    hits = rng.binomial(images, chances)
                    without = (hits.sum() - hits) / (images.sum() - images)
                    sample = LeaveOneOut(np.array([hits.sum() / images.sum()]), without[None])
                    ends = proportion_interval(sample, 0.95, patients)
                    usual = interval(SENSITIVITY, sample, 0.95, patients)
                    found.append(
                        [(low <= share <= high, high - low) for low, high in (ends, usual)]
                    )
                (covers, width), (covers_logit, width_logit) = np.mean(found, axis=0)
                print(
                    f"{patients:8d}  {share:5.2f}  {correlation:11.1f}  {covers:6.3f}  {width:.3f}"
                    f"  {covers_logit:19.3f}  {width_logit:.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("errors", "shares"))
    parser.add_argument("--repeats", type=int, default=250)
    options = parser.parse_args()
    {"errors": errors, "shares": shares}[options.what](options.repeats)

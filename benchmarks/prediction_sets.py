"""How often prediction sets hold the truth: 2,000 simulations a row, printed as Markdown.

    python benchmarks/prediction_sets.py [--simulations 2000] [--seed 0] [--means]

Each simulation draws the calibration patients of one class and 200 test patients. The probability
that the model gives the true class is made of how hard a patient and how hard an image is; where
`alike` is 1 all images of a patient are equally hard. A patient has `1` image or `1 to 20`; with
`1 to 20, easy` patients have the more images, the easier these are.

With `--means` it asks what the threshold, made of frames, would mean for the mean over the eight
frames of a patient's clip: `sure` is the logit of the true class, on average, and a share of the
frames, `blank`, shows nothing of it.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from pleura.evaluate.prediction_sets import ROUNDING, needed, threshold

TESTED = 200
MOST = 20
CLIPS, FRAMES = 200, 8  # of which thresholds of means are made: a clip a patient


@dataclass(frozen=True)
class Setting:
    """One row: coverage, calibration patients, images a patient, how alike these are."""

    coverage: float
    patients: int
    images: str
    alike: float


def draw(
    setting: Setting, patients: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Probabilities (n,) of the true class and the patient of each image, (n,)."""
    ease = rng.normal(size=patients)
    images = np.ones(patients, np.int64)
    if setting.images != "1":
        shift = 2 * ease if setting.images.endswith("easy") else 0.0
        images = 1 + rng.binomial(MOST - 1, expit(rng.normal(-1, 1, patients) + shift))
    of = np.repeat(np.arange(patients), images)
    own = rng.normal(size=len(of))
    logit = np.sqrt(setting.alike) * ease[of] + np.sqrt(1 - setting.alike) * own
    return expit(1 + 2 * logit), of


def one_image(probabilities: NDArray[np.float64], of: NDArray[np.int64]) -> NDArray[np.float64]:
    """The first image of each patient: any of them, since they are drawn in no order."""
    return probabilities[np.unique(of, return_index=True)[1]]


def simulate(setting: Setting, simulations: int, seed: int) -> NDArray[np.float64]:
    """The coverage of test patients, (simulations, 3): by patients of equal weight, by one image a
    patient, by all images as if each were a patient."""
    rng = np.random.default_rng(seed)
    found = np.zeros((simulations, 3))
    for row in range(simulations):
        given, of = draw(setting, setting.patients, rng)
        single = one_image(given, of)
        least = [
            threshold(given, of, setting.coverage),
            threshold(single, np.arange(len(single)), setting.coverage),
            threshold(given, np.arange(len(given)), setting.coverage),
        ]
        tested, of = draw(setting, TESTED, rng)
        weights = 1 / np.bincount(of)[of] / TESTED
        found[row] = [weights[tested >= value].sum() for value in least]
    return found


def draw_clips(
    sure: float, alike: float, blank: float, patients: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Probabilities (patients, FRAMES) of the true class."""
    ease, own = rng.normal(size=(patients, 1)), rng.normal(size=(patients, FRAMES))
    given = expit(sure + np.sqrt(alike) * ease + np.sqrt(1 - alike) * own)
    nothing = expit(rng.normal(-3, 0.5, given.shape))
    return np.asarray(np.where(rng.random(given.shape) < blank, nothing, given))


def print_means(simulations: int, seed: int) -> None:
    """Print the coverage of frames and of their means, with Monte Carlo standard errors."""
    print("| 1 - α | sure | alike | blank | frames | mean of the frames of a clip |")
    print("|---|---|---|---|---|---|")
    of = np.repeat(np.arange(CLIPS), FRAMES)
    for coverage in (0.8, 0.9, 0.95):
        for sure, alike, blank in ((1, 0.2, 0.0), (1, 0.8, 0.0), (1, 0.8, 0.05), (4, 0.8, 0.05)):
            rng, found = np.random.default_rng(seed), np.zeros((simulations, 2))
            for row in range(simulations):
                known = draw_clips(sure, alike, blank, CLIPS, rng)
                least = threshold(known.ravel(), of, coverage)
                tested = draw_clips(sure, alike, blank, TESTED, rng)
                found[row] = (tested >= least).mean(), (tested.mean(axis=1) >= least).mean()
            error = found.std(axis=0) / np.sqrt(simulations)
            shares = zip(found.mean(axis=0), error, strict=True)
            measured = " | ".join(f"{value:.3f} ± {its:.3f}" for value, its in shares)
            print(f"| {coverage:g} | {sure} | {alike:g} | {blank:g} | {measured} |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--means", action="store_true", help="of clips, instead of images")
    asked = parser.parse_args()
    if asked.means:
        print_means(asked.simulations, asked.seed)
        return
    print(
        "| 1 - α | patients | images of each | alike | promised | measured | one image | pooled |"
    )
    print("|---|---|---|---|---|---|---|---|")
    outside = 0
    rows = [
        Setting(coverage, patients, images, alike)
        for coverage in (0.8, 0.9, 0.95)
        for patients in (needed(coverage), 50, 200)
        for images in ("1", "1 to 20", "1 to 20, easy")
        for alike in ((0.5,) if images == "1" else (0.2, 0.8))
    ]
    for setting in rows:
        found = simulate(setting, asked.simulations, asked.seed)
        mean, error = found.mean(axis=0), found.std(axis=0) / np.sqrt(len(found))
        most = setting.coverage + 1 / (setting.patients + 1)
        outside += not setting.coverage - 3 * error[0] <= mean[0] <= most + 3 * error[0] + ROUNDING
        cells = [
            f"{setting.coverage:g}",
            f"{setting.patients}",
            setting.images,
            f"{setting.alike:g}",
            f"{setting.coverage:.3f} to {most:.3f}",
            *(f"{value:.3f} ± {its:.3f}" for value, its in zip(mean, error, strict=True)),
        ]
        print(f"| {' | '.join(cells)} |")
    print(f"\nOutside the promise by more than three Monte Carlo errors: {outside} of {len(rows)}")


if __name__ == "__main__":
    main()

"""What a map fitted on few patients does to the log-loss of others: free, and held by patients.

    python benchmarks/few_patients.py runs/STUDY/predictions.csv --part validation --fraction 1
    python benchmarks/few_patients.py            # simulated patients

Of one part that no training has seen, some patients calibrate and all others judge, training by
training. The numbers stand in docs/concepts/calibration.md.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.evaluate.calibration import fit_map
from pleura.evaluate.metrics import softmax
from pleura.evaluate.predicted_runs import whose
from pleura.evaluate.ranking import Floats, Ints
from pleura.tables import LOGIT, read_predictions

PATIENTS = (10, 20, 40, 80, 160)
Part = tuple[Floats, Ints, Ints]  # logits (n, k), labels (n,), patients (n,) by number


def of_a_study(path: Path, part: str, fraction: float) -> Iterator[Part]:
    """The part as each training of a study sees it."""
    table = read_predictions(path)
    table = table[(table["part"] == part) & (table["fraction"] == fraction)]
    columns = [name for name in table.columns if name.startswith(LOGIT)]
    classes = pd.Index([name.removeprefix(LOGIT) for name in columns])
    for _, rows in table.groupby(["recipe", "seed", "fold"]):
        labels = classes.get_indexer(pd.Index(rows["label"]))
        yield rows[columns].to_numpy(float), labels, pd.factorize(whose(rows))[0]


def simulated(prior: tuple[float, ...], factor: float, patients: int = 2000) -> Part:
    """1 to 4 images a patient; logits right for equally frequent classes, times `factor`."""
    rng = np.random.default_rng(0)
    member = np.repeat(np.arange(patients), rng.integers(1, 5, patients))
    labels = rng.choice(len(prior), patients, p=prior)
    seen = 1.2 * np.eye(len(prior))[labels] + 0.8 * rng.normal(size=(patients, len(prior)))
    images = seen[member] + 0.6 * rng.normal(size=(len(member), len(prior)))
    return factor * 1.2 * images, labels[member], member


def log_loss(probabilities: Floats, labels: Ints) -> float:
    """Mean over images."""
    return float(-np.log(probabilities[np.arange(len(labels)), labels]).mean())


def changes(part: Part, count: int, repeats: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Change of the log-loss of all other patients by maps of `count` of them: free, held."""
    logits, labels, patients = part
    for _ in range(repeats):
        fits = np.isin(patients, rng.permutation(patients.max() + 1)[:count])
        before = log_loss(softmax(logits[~fits]), labels[~fits])
        after = [
            log_loss(
                fit_map(logits[fits], labels[fits], patients=said).probabilities(logits[~fits]),
                labels[~fits],
            )
            for said in (None, count)
        ]
        yield np.array(after) - before


def show(name: str, parts: list[Part], repeats: int) -> None:
    """Print mean, 95th percentile and the share of maps that cost more than .05, free and held."""
    rng = np.random.default_rng(0)
    for count in PATIENTS:
        usable = [part for part in parts if part[2].max() + 1 >= count + 10]
        if found := [each for part in usable for each in changes(part, count, repeats, rng)]:
            table = np.array(found)
            high, harmed = np.quantile(table, 0.95, axis=0), (table > 0.05).mean(axis=0)
            free, held = (
                f"{mean:+.3f}  {most:+.3f}  {share:4.0%}"
                for mean, most, share in zip(table.mean(axis=0), high, harmed, strict=True)
            )
            print(f"{name:32s} {count:4d} patients  free {free}   held {held}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions", type=Path, nargs="?")
    parser.add_argument("--part", default="validation")
    parser.add_argument("--fraction", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    if options.predictions:
        mine = list(of_a_study(options.predictions, options.part, options.fraction))
        show(f"{options.part}, {options.fraction:g}", mine, options.repeats)
    else:
        for prior in ((1 / 3, 1 / 3, 1 / 3), (0.1, 0.9)):
            for factor in (1.0, 3.0):
                shares = " ".join(f"{share:.2f}" for share in prior)
                show(f"{shares}, factor {factor:g}", [simulated(prior, factor)], options.repeats)

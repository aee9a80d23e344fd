"""How often a difference between two subgroups is shown: where there is none, and where one is
planted. `python -m benchmarks.subgroups [repeats]`; a table on the screen, minutes on one core."""

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.evaluate.metrics import METRICS
from pleura.evaluate.predicted_runs import read_runs
from pleura.evaluate.subgroups import Grouping, between_subgroups, measured_predictions

WANTED = [("auroc", "macro"), ("sensitivity", "ill"), ("sensitivity", "well")]


@dataclass(frozen=True)
class Design:
    """`share` of the patients are in the first subgroup, in which scores have the first skill."""

    patients: int
    share: float
    prevalence: float
    seeds: int
    skills: tuple[float, float] = (1.2, 1.2)


DESIGNS = (
    Design(60, 0.3, 0.3, 1),
    Design(120, 0.5, 0.3, 3),
    Design(200, 0.2, 0.3, 1),
    Design(200, 0.1, 0.3, 2),
    Design(500, 0.5, 0.05, 1),
    Design(120, 0.5, 0.3, 1, (0.0, 2.0)),
    Design(200, 0.2, 0.3, 1, (0.0, 2.0)),
    Design(500, 0.5, 0.05, 1, (0.0, 2.0)),
)


def drawn(design: Design, seed: int) -> tuple[pd.DataFrame, Grouping]:
    """Predictions on one or two images a patient, whose scores share the patient's own noise."""
    rng = np.random.default_rng(seed)
    n = design.patients
    patient = np.repeat(np.arange(n), rng.integers(1, 3, n))
    ill = (rng.random(n) < design.prevalence)[patient]
    first = (rng.random(n) < design.share)[patient]
    own = 0.6 * rng.normal(size=n)[patient]
    images = [f"{number:05d}.png" for number in range(len(patient))]
    known = {
        "image": images,
        "patient": [f"p{number}" for number in patient],
        "label": np.where(ill, "ill", "well"),
        "logit_well": 0.0,
    }
    tables = []
    for training in range(design.seeds):
        noise = own + 0.8 * rng.normal(size=len(patient))
        score = np.where(first, *design.skills) * (ill - 0.5) + noise
        run = {"recipe": "model", "fold": 0, "seed": training, "fraction": 1.0, "part": "test"}
        tables.append(pd.DataFrame({**run, **known, "logit_ill": score}))
    return pd.concat(tables), Grouping(
        "group", dict(zip(images, np.where(first, "A", "B"), strict=True))
    )


def main(repeats: int) -> None:
    """Print, for each design, the share of studies in which each difference, and any, is shown."""
    print("patients  share  prevalence  seeds  skills      auroc  ill   well  any after Holm")
    for design in DESIGNS:
        single, any_shown = [], []
        for seed in range(repeats):
            table, grouping = drawn(design, seed)
            runs = read_runs(table)
            one = measured_predictions("model", runs.of("model", 1.0), runs.names, METRICS)
            found = between_subgroups([(one, WANTED)], [grouping])
            single.append(found["p"].to_numpy(np.float64) < 0.05)
            any_shown.append(bool((found["p_holm"] < 0.05).any()))
        shares = "  ".join(f"{share:.3f}" for share in np.mean(single, axis=0))
        print(
            f"{design.patients:8d}  {design.share:5.2f}  {design.prevalence:10.2f}  "
            f"{design.seeds:5d}  {design.skills!s:10s}  {shares}  {np.mean(any_shown):.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)

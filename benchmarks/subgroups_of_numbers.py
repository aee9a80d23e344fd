"""How often a difference of a metric of numbers between two subgroups is shown: where errors are
alike, and where they are larger in one. `python -m benchmarks.subgroups_of_numbers [repeats]`; a
table on the screen, minutes on one core."""

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.evaluate.number_metrics import METRICS
from pleura.evaluate.number_runs import read_number_runs
from pleura.evaluate.subgroups import Grouping, between_subgroups, measured_numbers

WANTED = [(name, "all") for name in METRICS]


@dataclass(frozen=True)
class Design:
    """`share` of the patients are in the first subgroup; `errors` are standard deviations in the
    two, where that of the numbers themselves is 15."""

    patients: int
    share: float
    seeds: int
    errors: tuple[float, float] = (8.0, 8.0)


DESIGNS = (
    Design(60, 0.3, 1),
    Design(120, 0.5, 3),
    Design(200, 0.2, 1),
    Design(200, 0.1, 2),
    Design(120, 0.5, 1, (12.0, 8.0)),
    Design(200, 0.2, 1, (12.0, 8.0)),
    Design(200, 0.1, 2, (12.0, 8.0)),
)


def drawn(design: Design, seed: int) -> tuple[pd.DataFrame, Grouping]:
    """Predictions on one or two images a patient, whose errors share the patient's own part."""
    rng = np.random.default_rng(seed)
    n = design.patients
    patient = np.repeat(np.arange(n), rng.integers(1, 3, n))
    truth = rng.normal(50, 15, n)[patient]
    first = (rng.random(n) < design.share)[patient]
    own = 0.6 * rng.normal(size=n)[patient]
    images = [f"{number:05d}.png" for number in range(len(patient))]
    known = {"image": images, "patient": [f"p{number}" for number in patient], "number": truth}
    tables = []
    for training in range(design.seeds):
        off = np.where(first, *design.errors) * (own + 0.8 * rng.normal(size=len(patient)))
        run = {"recipe": "model", "fold": 0, "seed": training, "fraction": 1.0, "part": "test"}
        tables.append(pd.DataFrame({**run, **known, "predicted": truth + off}))
    groups = np.where(first, "A", "B")
    return pd.concat(tables), Grouping("group", dict(zip(images, groups, strict=True)))


def main(repeats: int) -> None:
    """Print, for each design, the share of studies in which p of each metric is below .05."""
    print(f"patients  share  seeds  errors       {'  '.join(METRICS)}")
    for design in DESIGNS:
        shown = []
        for seed in range(repeats):
            table, grouping = drawn(design, seed)
            measured = measured_numbers("model", read_number_runs(table).runs)
            found = between_subgroups([(measured, WANTED)], [grouping])
            shown.append(found["p"].to_numpy(np.float64) < 0.05)
        shares = "  ".join(f"{share:.3f}" for share in np.mean(shown, axis=0))
        print(
            f"{design.patients:8d}  {design.share:5.2f}  {design.seeds:5d}  "
            f"{design.errors!s:11s}  {shares}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)

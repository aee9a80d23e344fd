"""Studies on simulated X-rays whose truth is known: does the report tell it?

Four sets of the same simulated patients, normal against lobar: as they are ("lesion"); with a side
marker on 95 % of the lobar and 5 % of the normal ones ("marker"); from hospitals chosen so that
95 % of the lobar come from one and 5 % of the normal ("hospital"); with labels shuffled among
patients ("shuffled"). "faint" and "severe" are the lesion set at two grades of severity.

python benchmarks/planted_truth.py runs/planted

Simulated results say nothing about patients; they only test the frame.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.data.phantom.chest_xray import Confounder, write_chest_xrays
from pleura.evaluate.regions import by_region
from pleura.evaluate.sources import by_source
from pleura.study.run import Study

LABELS = ("normal", "lobar")
OFTEN, SELDOM = 0.95, 0.05
GRADES = {"faint": (0.0, 0.4), "severe": (0.6, 1.0)}
BACKBONE = {"backbone": "tf_efficientnet_lite0", "weights": "imagenet"}


def write_sets(folder: Path, patients: int, size: int) -> dict[str, Path]:
    """Manifests of all sets by name."""
    letter = Confounder("letter", {"lobar": OFTEN}, default=SELDOM)
    plain = write_chest_xrays(folder / "plain", patients=patients, size=size, labels=LABELS)
    marked = write_chest_xrays(
        folder / "marked", patients=patients, size=size, labels=LABELS, confounders=[letter]
    )
    table = pd.read_csv(plain, dtype={"patient": str})
    rng = np.random.default_rng(0)
    of_patient = table.drop_duplicates("patient").set_index("patient")
    first = of_patient["source"].min()
    wanted = pd.Series(
        np.where(
            rng.random(len(of_patient)) < np.where(of_patient["label"] == "lobar", OFTEN, SELDOM),
            of_patient["source"] == first,
            of_patient["source"] != first,
        ),
        of_patient.index,
    )
    shuffled = pd.Series(rng.permutation(of_patient["label"]), of_patient.index)
    sets = {
        "hospital": table[table["patient"].map(wanted)],
        "shuffled": table.assign(label=table["patient"].map(shuffled)),
    } | {
        name: table[(table["label"] == "normal") | table["severity"].between(low, high)]
        for name, (low, high) in GRADES.items()
    }
    files = {"lesion": plain, "marker": marked}
    for name, rows in sets.items():
        files[name] = plain.parent / f"{name}.csv"
        rows.to_csv(files[name], index=False)
    return files


def study(manifest: Path, name: str, size: int, seeds: int) -> Study:
    """Frozen and fine-tuned ImageNet weights on one set."""
    return Study.from_objects(
        {
            "question": f"Planted truth: {name}",
            "data": {"manifest": str(manifest.resolve()), "classes": list(LABELS), "size": size},
            "split": {"test": 0.4, "validation": 0.2},
            "seeds": list(range(seeds)),
            "training": {"min_steps": 150},
            "tune": {"rates": [0.0015], "penalties": [1.0]},
            "reference": "frozen",
            "recipes": {
                "frozen": {**BACKBONE, "strategy": "feature_extraction"},
                "fine-tuning": {**BACKBONE, "strategy": "fine_tuning"},
            },
        }
    )


def main() -> None:
    """Run the studies, which go on where they stopped, and print what their reports show."""
    parser = argparse.ArgumentParser(description="Studies on simulated X-rays of known truth.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patients", type=int, default=240)
    parser.add_argument("--size", type=int, default=64, help="pixels")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--sets", nargs="+")
    options = parser.parse_args()
    files = write_sets(options.folder, options.patients, options.size)
    for name in options.sets or files:
        made = study(files[name], name, options.size, options.seeds)
        result = made.run(options.folder / name, announce=print)
        result.report()
        sources, _ = by_source(result.predictions, fraction=1.0)
        found = pd.concat(
            [
                by_region(result.predictions, fraction=1.0),
                sources.assign(shown="within " + sources["source"]),
            ]
        )
        found["told"] = [
            f"{value:.3f} ({low:.3f} to {high:.3f})"
            for value, low, high in found[["value", "low", "high"]].itertuples(index=False)
        ]
        print(f"\n{name}\n{found.pivot(index='recipe', columns='shown', values='told')}\n")


if __name__ == "__main__":
    main()

"""Studies on simulated X-rays whose truth is known: does the report tell it?

Sets of the same simulated patients, normal against lobar:
- lesion: as they are.
- marker: labels shuffled among patients, so that lesions tell nothing, and a side marker on 95 % of
  those now called lobar, 5 % of those called normal.
- hospital: patients chosen so that 85 % of the lobar and 15 % of the normal come from one hospital.
- shuffled: labels shuffled among patients, and nothing else.
- faint, severe: the lesion set with lobar patients of one grade of severity only.

python benchmarks/planted_truth.py runs/planted

Simulated results say nothing about patients; they only test the frame.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.data.phantom.chest_xray import Confounder, write_chest_xrays
from pleura.evaluate.regions import by_region
from pleura.evaluate.sources import by_source
from pleura.study.run import Study

LABELS = ("normal", "lobar")
MARKED = {"lobar": 0.95, "normal": 0.05}
FROM_FIRST = {"lobar": 0.85, "normal": 0.15}
GRADES = {"faint": (0.0, 0.4), "severe": (0.6, 1.0)}
BACKBONE = {"backbone": "tf_efficientnet_lite0", "weights": "imagenet"}


def write_sets(folder: Path, patients: int, size: int) -> dict[str, Path]:
    """Manifests of all sets by name."""
    write = partial(write_chest_xrays, patients=patients, size=size, labels=LABELS)
    plain = write(folder / "plain")
    write(folder / "marked", confounders=[Confounder("letter", default=1.0)])
    table = pd.read_csv(plain, dtype={"patient": str})
    rng = np.random.default_rng(0)
    of_patient = table.drop_duplicates("patient").set_index("patient")

    def along_with(labels: pd.Series, shares: dict[str, float]) -> pd.Series:
        """For each patient whether something that goes along with `labels` is there."""
        return pd.Series(rng.random(len(labels)) < labels.map(shares), labels.index)

    shuffled = pd.Series(rng.permutation(of_patient["label"]), of_patient.index)
    marks = table["patient"].map(along_with(shuffled, MARKED))
    first = of_patient["source"] == of_patient["source"].min()
    chosen = table["patient"].map(along_with(of_patient["label"], FROM_FIRST) == first)
    renamed = table.assign(label=table["patient"].map(shuffled))
    sets = {
        "lesion": table,
        "marker": renamed.assign(
            image=renamed["image"].where(~marks, "../marked/" + renamed["image"])
        ),
        "hospital": table[chosen],
        "shuffled": renamed,
    } | {
        name: table[(table["label"] == "normal") | table["severity"].between(low, high)]
        for name, (low, high) in GRADES.items()
    }
    files = {}
    for name, rows in sets.items():
        files[name] = folder / f"{name}.csv"
        images = [str((plain.parent / image).resolve()) for image in rows["image"]]
        rows.drop(columns=["lung_mask", "lesion_mask"]).assign(image=images).to_csv(
            files[name], index=False
        )
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
    parser.add_argument("--size", type=int, default=96, help="pixels")
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
        table = found.pivot(index="recipe", columns="shown", values="told")
        print(f"\n{name}\n{table.to_string()}\n")


if __name__ == "__main__":
    main()

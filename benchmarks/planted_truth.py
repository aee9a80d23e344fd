"""Studies on simulated X-rays whose truth is known: does the report tell it?

Sets of the same simulated patients, normal against lobar:
- lesion: as they are.
- marker: labels shuffled among patients, so that lesions tell nothing, and a side marker on 95 % of
  those now called lobar, 5 % of those called normal.
- hospital: labels that tell nothing of lesions, 85 % lobar in one hospital, 15 % in the other.
- shuffled: labels shuffled among patients, and nothing else.
- faint, severe: the lesion set with lobar patients of one grade of severity only.

python benchmarks/planted_truth.py runs/planted

Simulated results say nothing about patients; they only test the frame.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.evaluate.regions import LOST, by_region
from pleura.evaluate.sources import FALL, by_source
from pleura.simulate.xray.folder import Confounder, write_chest_xrays
from pleura.study.run import Result, Study

LABELS = ("normal", "lobar")
MARKED = {"lobar": 0.95, "normal": 0.05}
LOBAR_AT = {"north": 0.85, "south": 0.15}
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

    def along_with(values: pd.Series, shares: dict[str, float]) -> pd.Series:
        """For each patient whether something that goes along with `values` is there."""
        return pd.Series(rng.random(len(values)) < values.map(shares), values.index)

    shuffled = pd.Series(rng.permutation(of_patient["label"]), of_patient.index)
    marks = table["patient"].map(along_with(shuffled, MARKED))
    at = along_with(of_patient["source"], LOBAR_AT).map({True: "lobar", False: "normal"})
    renamed = table.assign(label=table["patient"].map(shuffled))
    sets = {
        "lesion": table,
        "marker": renamed.assign(
            image=renamed["image"].where(~marks, "../marked/" + renamed["image"])
        ),
        "hospital": table.assign(label=table["patient"].map(at)),
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


def table_of(result: Result) -> pd.DataFrame:
    """What the report shows of each recipe: AUROC by what is shown, across and within sources."""
    regions = by_region(result.predictions, fraction=1.0)
    regions = regions[regions["class"] == "macro"].drop(columns="class")
    return pd.concat([regions, by_source(result.predictions, fraction=1.0).table])


def is_told(name: str, table: pd.DataFrame) -> bool:
    """Whether the report on a set tells what was planted in it."""

    def of(shown: str, column: str) -> list[float]:
        return [float(value) for value in table.loc[table["shown"] == shown, column]]

    lows = of("whole", "low")
    match name:
        case "marker":
            return max(lows) > 0.5 and max(of(LOST, "low")) > 0
        case "lesion":
            return max(of("centre", "low")) > 0.5
        case "hospital":
            return max(of(FALL, "low")) > 0
        case "shuffled":
            return max(lows) < 0.5 < min(of("whole", "high"))
        case "severe":
            return min(lows) > 0.5
        case _:
            return True


def main() -> None:
    """Run the studies, which go on where they stopped; print what their reports show.

    Exits with 1 where that is not what was planted.
    """
    parser = argparse.ArgumentParser(description="Studies on simulated X-rays of known truth.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patients", type=int, default=240)
    parser.add_argument("--size", type=int, default=96, help="pixels")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--sets", nargs="+")
    options = parser.parse_args()
    files = write_sets(options.folder, options.patients, options.size)
    found = {}
    for name in options.sets or files:
        made = study(files[name], name, options.size, options.seeds)
        result = made.run(options.folder / name, announce=print)
        table = found[name] = table_of(result)
        told = table.assign(
            told=[
                f"{value:.3f} ({low:.3f} to {high:.3f})"
                for value, low, high in table[["value", "low", "high"]].itertuples(index=False)
            ]
        )
        print(
            f"\n{name}\n{told.pivot(index='recipe', columns='shown', values='told').to_string()}\n"
        )
    if wrong := [name for name, table in found.items() if not is_told(name, table)]:
        sys.exit(f"not told as planted: {', '.join(wrong)}")


if __name__ == "__main__":
    main()

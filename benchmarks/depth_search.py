"""`truncation: {at: auto}` against fine-tuning every depth, and against cutting in the middle.

One study for each backbone: every stage as a truncation of its own, the search, the middle. The
search shares its trainings with the depths it picks, so that both sides are the same models. Told
for each: AUROC on test, the paired difference to the depth that is best on test (mean over seeds,
with its interval), and the seconds of training, tuning and searching.

    python benchmarks/depth_search.py runs/depth_search        # real images from PLEURA_SHARED

Comparing with the best on test favours that depth: it was chosen knowing the answer.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.evaluate.compare import compare
from pleura.models.build import cuts_of
from pleura.study.run import Result, Study

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
WEIGHTS = {
    "mobilenet_v2_035": SHARED / "weights" / "mobilenet_v2_035_features.safetensors",
    "squeezenet1_0": SHARED / "weights" / "squeezenet1_0.safetensors",
    "tf_efficientnet_lite0": "imagenet",
}
SEARCH, MIDDLE = "searched", "middle"
MARGIN = 0.01


def main() -> None:
    """Run or resume the studies in a folder and print a table for each backbone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--backbones", nargs="+", default=list(WEIGHTS)[:2], choices=WEIGHTS)
    parser.add_argument("--fraction", type=float, default=0.1)
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args()
    for backbone in options.backbones:
        study = Study.from_objects(_content(backbone, options.fraction, options.size))
        result = study.run(options.out / backbone, announce=print)
        tell(backbone, result)


def tell(backbone: str, result: Result) -> None:
    """Print AUROC, difference to the best depth and cost of every depth, the search, the middle."""
    runs = result.runs[result.runs["kind"] == "recipe"].set_index("recipe")
    test = result.predictions[result.predictions["part"] == "test"]
    test = test[test["recipe"].isin(runs.index)]
    summary = result.summary
    auroc = summary[(summary["metric"] == "auroc") & (summary["class"] == "macro")]
    value = {str(row["recipe"]): float(row["value"]) for _, row in auroc.iterrows()}
    depths = [name for name in runs.index.unique() if name not in (SEARCH, MIDDLE)]
    best = max(depths, key=lambda name: value[name])
    against = compare(test, reference=best, margin=MARGIN)
    seconds = runs["tuning_seconds"].groupby(level=0).sum()
    # Every seed's search counts the one pass over the images, which all of them share.
    seconds[SEARCH] -= (len(runs.loc[[SEARCH]]) - 1) * _passes(result)
    every = seconds[depths].sum()
    print(f"\n{backbone}: {len(depths)} depths, best on test: {best} ({value[best]:.3f})")
    for name in (*depths, MIDDLE, SEARCH):
        told = "".join(
            f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f}) {row['verdict']}"
            for _, row in against[against["recipe"] == name].iterrows()
        )
        share = seconds[name] / every
        print(f"  {name:<14} {value[name]:.3f}  {seconds[name]:7.0f} s ({share:5.1%})  {told}")
    print(f"  all depths: {every:.0f} s; the search picked {_picked(runs)}")


def _passes(result: Result) -> float:
    """Seconds of all passes over the images."""
    records = (result.folder / "steps").glob("features-*/done.json")
    found = [json.loads(path.read_text(encoding="utf-8"))["result"] for path in records]
    return float(sum(each["seconds"] for each in found))


def _picked(runs: pd.DataFrame) -> str:
    return "; ".join(
        f"seed {run['seed']:.0f}: {run['strategy']}" for _, run in runs.loc[[SEARCH]].iterrows()
    )


def _content(backbone: str, fraction: float, size: int) -> dict[str, Any]:
    def cut(at: str) -> dict[str, Any]:
        return {"strategy": {"truncation": {"at": at}}}

    stages = [stage.name for stage in cuts_of(backbone) if stage.stage]
    return {
        "question": f"how deep to cut {backbone}",
        "data": {
            "manifest": str(SHARED / "data" / "chest_xray" / "images.csv"),
            "columns": {"image": "file", "patient": "patient_id"},
            "where": {"source": "Kermany*"},
            "classes": ["normal", "bacterial", "viral"],
            "size": size,
            "same_image": "merge",
        },
        "split": {"test": "split", "validation": 0.2},
        "seeds": [0, 1, 2],
        "fractions": [fraction],
        "reference": SEARCH,
        "base": {"backbone": backbone, "weights": str(WEIGHTS[backbone])},
        "recipes": {SEARCH: cut("auto"), MIDDLE: cut("middle"), **{s: cut(s) for s in stages}},
        "training": {"epochs": 6, "min_steps": 100},
        "tune": {"rates": [5e-4, 2e-3], "penalties": [0.1, 1.0]},
    }


if __name__ == "__main__":
    main()

"""`truncation: {at: auto}`, by halving and by probes, against trying every depth at every rate.

One study for each backbone and set of images: every depth and rate trained to its end, of which
validation chooses as in any search; the searches; the middle. All that two of them train alike is
one training. Told for each: AUROC on test, the paired difference to trying all (mean over seeds,
with its interval), and its cost as a share of that of trying all.

    python benchmarks/depth_search.py runs/depth_search        # real images from PLEURA_SHARED
    python benchmarks/depth_search.py runs/alone --alone       # searches by halving alone

In the first the seconds of short trainings are shares of those of the whole ones, which are done
already; `--alone` is for a folder in which nothing is shared, and prints what was really spent.
"""

import argparse
import os
from pathlib import Path
from typing import Any

from pleura.evaluate.compare import compare
from pleura.models.build import cuts_of
from pleura.study.run import Result, Study

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
WEIGHTS = {
    "mobilenet_v2_035": SHARED / "weights" / "mobilenet_v2_035_features.safetensors",
    "squeezenet1_0": SHARED / "weights" / "squeezenet1_0.safetensors",
    "tf_efficientnet_lite0": "imagenet",
}
RATES = [5e-4, 2e-3]
IMAGES: dict[str, dict[str, Any]] = {
    "xray": {
        "data": {
            "manifest": str(SHARED / "data" / "chest_xray" / "images.csv"),
            "columns": {"image": "file", "patient": "patient_id"},
            "where": {"source": "Kermany*"},
            "classes": ["normal", "bacterial", "viral"],
            "size": 64,
            "same_image": "merge",
        },
        "split": {"test": "split", "validation": 0.2},
        "fractions": [0.1],
        "training": {"epochs": 6, "min_steps": 100, "precision": "fp32"},
    },
    "ultrasound": {
        "data": {
            "manifest": str(SHARED / "data" / "lung_ultrasound" / "frames.csv"),
            "columns": {"image": "file", "patient": "patient_id", "video": "video_id"},
            "classes": ["normal", "bacterial_pneumonia", "covid"],
            "size": 64,
            "same_image": "merge",
        },
        "split": {"test": 0.3, "validation": 0.25},
        "fractions": [0.5],
        "training": {"epochs": 8, "min_steps": 60, "batchnorm_images": 128, "precision": "fp32"},
    },
}
ALL = "all depths"


def main() -> None:
    """Run or resume the studies in a folder and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--backbones", nargs="+", default=list(WEIGHTS), choices=WEIGHTS)
    parser.add_argument("--images", nargs="+", default=list(IMAGES), choices=IMAGES)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--alone", action="store_true", help="searches by halving alone")
    options = parser.parse_args()
    for images in options.images:
        for backbone in options.backbones:
            content = content_of(backbone, images, options.seeds, alone=options.alone)
            folder = options.out / f"{images}-{backbone}"
            result = Study.from_objects(content).run(folder, announce=print)
            print(f"\n{backbone}, {images}")
            tell(result)


def content_of(backbone: str, images: str, seeds: list[int], *, alone: bool) -> dict[str, Any]:
    """The study file of a backbone on a set of images."""
    stages = sum(cut.stage for cut in cuts_of(backbone))

    def cut(**options: Any) -> dict[str, Any]:
        return {"strategy": {"truncation": options}}

    halved = {
        "halving": cut(at="auto", by="halving"),
        "halving, near 1": cut(at="auto", by="halving", near=1),
    }
    every = {
        # As many to the end as there are, so that nothing is halved.
        ALL: cut(at="auto", by="halving", best=stages * len(RATES)),
        **halved,
        "probes": cut(at="auto", by="probes"),
        "middle": cut(at="middle"),
    }
    return {
        "question": f"how deep to cut {backbone}",
        **IMAGES[images],
        "seeds": seeds,
        "reference": next(iter(halved)) if alone else ALL,
        "base": {"backbone": backbone, "weights": str(WEIGHTS[backbone])},
        "recipes": halved if alone else every,
        "tune": {"rates": RATES, "penalties": [0.1, 1.0]},
    }


def tell(result: Result) -> None:
    """Print AUROC, the paired difference to trying all, cost, and what each seed chose."""
    runs = result.runs[result.runs["kind"] == "recipe"].set_index("recipe")
    summary = result.summary
    auroc = summary[(summary["metric"] == "auroc") & (summary["class"] == "macro")]
    value = {str(row["recipe"]): float(row["value"]) for _, row in auroc.iterrows()}
    seconds = runs["tuning_seconds"].groupby(level=0).sum()
    against = None
    if ALL in runs.index:
        test = result.predictions[result.predictions["part"] == "test"]
        against = compare(test[test["recipe"].isin(runs.index)], reference=ALL, margin=0.01)
    for name in runs.index.unique():
        chosen = "; ".join(
            f"{run['strategy']} at {run['rate']:g}" for _, run in runs.loc[[name]].iterrows()
        )
        line = f"  {name:<16} {value[name]:.3f}  {seconds[name]:6.0f} s"
        if against is not None:
            line += f" ({seconds[name] / seconds[ALL]:5.1%})"
            for _, row in against[against["recipe"] == name].iterrows():
                line += f"  {row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
                line += f" {row['verdict']}"
        print(f"{line}  {chosen}")


if __name__ == "__main__":
    main()

"""A study on small images for the tests of this folder."""

from pathlib import Path
from typing import Any

TIMED = ["train_seconds", "tuning_seconds", "latency_ms"]  # measured whenever a step is done


def content(manifest: Path) -> dict[str, Any]:
    """Two recipes, two seeds, two fractions, two trials."""
    net = {"backbone": "squeezenet1_0", "weights": "random"}
    return {
        "question": "is there a spot",
        "data": {"manifest": str(manifest), "size": 32},
        "split": {"test": "split", "validation": 0.25},
        "seeds": [0, 1],
        "fractions": [0.5, 1.0],
        "reference": "full",
        "recipes": {
            "full": {**net, "strategy": "fine_tuning"},
            "frozen": {**net, "strategy": "feature_extraction"},
        },
        "training": {"epochs": 2, "min_steps": 2, "batch_size": 8, "precision": "fp32"},
        "tune": {"rates": [1e-4, 1e-3], "penalties": [0.1, 1.0]},
    }


def run_alone(study: dict[str, Any], out: Path, trees: int) -> None:
    """Run a study in a process of its own, with forests of so many `trees` and an empty page."""
    import torch

    from pleura.study.run import Study
    from pleura.tasks import clue_forests, pixels
    from tests.conftest import without_page

    torch.set_num_threads(1)
    pixels.TREES = clue_forests.TREES = trees
    with without_page():
        Study.from_objects(study).run(out)

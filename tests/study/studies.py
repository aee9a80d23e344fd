"""A study on small images for the tests of this folder."""

import functools
from pathlib import Path
from typing import Any

import pytest

from tests.networks import SMALL

TIMED = ["train_seconds", "tuning_seconds", "latency_ms"]  # measured whenever a step is done


def content(manifest: Path) -> dict[str, Any]:
    """Two recipes, two seeds, two fractions, two trials."""
    net = {"backbone": SMALL, "weights": "random"}
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
    """Run a study in a process of its own, with what `tests/conftest.py` leaves out in this one:
    forests of so many `trees`, an empty page, no look for faults of images, speeds of one step."""
    import torch

    from pleura.study.run import Study
    from pleura.train.speed import measure
    from tests.conftest import forests_of, without_page

    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch, forests_of(trees), without_page():
        patch.setattr("pleura.study.audit.find_faults", lambda collection: ())
        patch.setattr("pleura.study.speeds.measure", functools.partial(measure, budget=0.0))
        Study.from_objects(study).run(out)

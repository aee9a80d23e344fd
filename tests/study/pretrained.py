"""A study whose recipes go on from learning without labels, on images of discs."""

from pathlib import Path
from typing import Any

from tests.networks import SMALL


def curricular(manifest: Path, other: Path) -> dict[str, Any]:
    """Chains of two steps: `own` on the study's images, `more` on others, in two folds."""
    step = {"task": "selfsup", "training": {"epochs": 2, "batch_size": 8, "precision": "fp32"}}
    return {
        "question": "is the disc large",
        "data": {"manifest": str(manifest), "size": 32, "source": "drawn", "licence": "CC0"},
        "split": {"folds": 2, "validation": 0.4},
        "seeds": [0],
        "reference": "nothing",
        "steps": {
            "own": {**step, "method": "rotation"},
            "more": {
                **step,
                "method": "simclr",
                "data": {"manifest": str(other), "size": 32, "source": "others"},
            },
        },
        "base": {"backbone": SMALL, "weights": "random"},
        "recipes": {
            "nothing": {},
            "both": {"curriculum": ["more", "own"]},
            "turned": {"curriculum": ["own", "more"], "strategy": "feature_extraction"},
            "searched": {"curriculum": {"epochs": 1}},
        },
        "training": {"epochs": 1, "min_steps": 2, "batch_size": 8, "precision": "fp32"},
        "tune": {"rates": [1e-3], "penalties": [1.0]},
    }

"""A study of few trainings, and whether two runs of it end with the same tables."""

from pathlib import Path
from typing import Any

import pandas as pd

from pleura.study.run import Result
from tests.networks import SMALL
from tests.study.studies import TIMED, content


def short(manifest: Path, network: str = SMALL) -> dict[str, Any]:
    """One seed, one fraction, one trial; the `network` is one that its process knows."""
    study = content(manifest)
    for recipe in study["recipes"].values():
        recipe["backbone"] = network
    return study | {
        "seeds": [0],
        "fractions": [1.0],
        "training": {"epochs": 3, "min_steps": 6, "batch_size": 8, "precision": "fp32"},
        "tune": {"rates": [1e-3], "penalties": [0.1]},
    }


def assert_same_tables(result: Result, expected: Result) -> None:
    for name in ("predictions.csv", "summary.csv", "comparisons.csv"):
        assert (result.folder / name).read_bytes() == (expected.folder / name).read_bytes(), name
    runs, wanted = result.runs.drop(columns=TIMED), expected.runs.drop(columns=TIMED)
    pd.testing.assert_frame_equal(runs, wanted)

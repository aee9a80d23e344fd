"""Simulated predictions tables for the tests of this folder."""

from typing import Any

import numpy as np
import pandas as pd

from pleura.evaluate.jackknife import LeaveOneOut
from pleura.evaluate.ranking import Floats

CLASSES = ("covid", "healthy", "other")


def predictions(
    strengths: dict[str, float],
    *,
    patients: int = 60,
    seeds: int = 3,
    folds: int = 1,
    fractions: tuple[float, ...] = (1.0,),
    seed: int = 0,
) -> pd.DataFrame:
    """Several images a patient; a recipe's logits hold the truth with its strength, plus noise."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(patients), rng.integers(1, 5, patients))
    label = patient % len(CLASSES)
    common = rng.normal(size=(len(patient), len(CLASSES)))
    tables = []
    for recipe, strength in strengths.items():
        for fraction in fractions:
            for training in range(seeds):
                noise = 0.7 * common + 0.7 * rng.normal(size=common.shape)
                table = pd.DataFrame(
                    {
                        "recipe": recipe,
                        "fold": patient // len(CLASSES) % folds,
                        "seed": training,
                        "fraction": fraction,
                        "part": "test",
                        "image": [f"{i}.png" for i in range(len(patient))],
                        "patient": [f"p{p}" for p in patient],
                        "video": "",
                        "source": "",
                        "label": np.array(CLASSES, dtype=object)[label],
                    }
                )
                logits = strength * np.eye(len(CLASSES))[label] + noise
                for c, name in enumerate(CLASSES):
                    table[f"logit_{name}"] = logits[:, c]
                tables.append(table)
    return pd.concat(tables, ignore_index=True)


def by_metric(summary: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of the summary of one recipe and fraction by (metric, class)."""
    rows = summary.to_dict("records")
    return {(str(row["metric"]), str(row["class"])): {**row} for row in rows}  # type: ignore[dict-item]


def means(table: Floats) -> LeaveOneOut:
    """The mean over patients of a table (seeds, patients), one image a patient."""
    total, m = table.sum(axis=1), table.shape[1]
    return LeaveOneOut(table.mean(axis=1), (total[:, None] - table) / (m - 1))

"""Whether two runs of a study ended with the same tables, and how far apart they are if not."""

from pathlib import Path

import numpy as np
import pandas as pd

TIMED = ["train_seconds", "tuning_seconds", "latency_ms"]  # measured whenever a step is done
EXACT = (
    *("predictions.csv", "summary.csv", "comparisons.csv", "split.json"),
    "best/model.safetensors",
)


def compare(first: Path, second: Path) -> bool:
    """Whether the tables are the same bit for bit; printed, with how far apart they are if not."""
    same = {name: (first / name).read_bytes() == (second / name).read_bytes() for name in EXACT}
    runs = [
        pd.read_csv(folder / "runs.csv", dtype=str, keep_default_na=False).drop(columns=TIMED)
        for folder in (first, second)
    ]
    same["runs.csv without seconds and latency"] = runs[0].equals(runs[1])
    for name, equal in same.items():
        print(f"{first.name} and {second.name}: {name} {'equal' if equal else 'DIFFERENT'}")
    if not same["predictions.csv"]:
        print(distances(first, second).to_string(float_format="%.2g"))
    return all(same.values())


def distances(first: Path, second: Path) -> pd.DataFrame:
    """By recipe, the largest differences: of logits, and of test macro AUROC, one run and mean."""
    from pleura.evaluate.curve_areas import AUROC
    from pleura.evaluate.metrics import evaluate, softmax
    from pleura.tables import KEYS, read_predictions

    tables = [read_predictions(folder / "predictions.csv") for folder in (first, second)]
    logits = [name for name in tables[0].columns if name.startswith("logit_")]
    classes = [name.removeprefix("logit_") for name in logits]
    assert tables[0][[*KEYS, "image"]].equals(tables[1][[*KEYS, "image"]])

    def macro(table: pd.DataFrame) -> float:
        labels = np.array([classes.index(label) for label in table["label"]])
        found = evaluate(labels, softmax(table[logits].to_numpy()), metrics=[AUROC])
        return float(found[AUROC.overall])

    scores = [
        pd.Series({k: macro(v) for k, v in t[t["part"] == "test"].groupby([*KEYS])}) for t in tables
    ]
    apart = (scores[0] - scores[1]).abs().groupby(level=0).max()
    first_mean, second_mean = (s.groupby(level=[0, 3]).mean() for s in scores)
    shifts = (first_mean - second_mean).abs().groupby(level=0).max()
    moved = (tables[0][logits] - tables[1][logits]).abs().max(axis=1)
    return pd.DataFrame(
        {
            "logit": moved.groupby(tables[0]["recipe"]).max(),
            "AUROC of one run": apart,
            "AUROC, mean over seeds": shifts,
        }
    )

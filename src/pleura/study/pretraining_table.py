"""The table of what backbones learned without labels, before the recipes."""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.trials import spelled
from pleura.tables import PRETRAINING_NUMBERS, PRETRAINING_TEXT

FIGURES = ("train_loss", "loss", "effective_rank", "knn_auroc", "probe_auroc")


def pretraining_table(steps: Sequence[Step], context: Context) -> pd.DataFrame:
    """One row a pretraining in full; short ones, which a search has tried, are left out.

    Columns: name, start (what came before it), seed, fold, backbone, method, images, patients,
    epochs, transductive, seconds, history (JSON, a record an epoch), and the last of `FIGURES`,
    nan where a figure is not known.
    """
    rows = []
    for step in steps:
        spec, name = step.spec, step.places["pool"]
        if spec["settings"]["epochs"] != int(step.places["epochs"]):
            continue  # a search has tried it
        pool, result = context.pools[name], step.result(context.steps)
        train, _ = pool.parts(spec["seed"], int(step.places["fold"]))
        history: list[dict[str, Any]] = [
            {"epoch": record["epoch"], **{key: record[key] for key in FIGURES if key in record}}
            for record in result["history"]
        ]
        rows.append(
            {
                "name": name,
                "start": step.places["chain"].rpartition(" > ")[0],
                "seed": spec["seed"],
                "fold": int(step.places["fold"]),
                "backbone": spec["backbone"],
                "method": spelled(spec["method"]),
                "images": len(train),
                "patients": len(set(pool.groups[train])),
                "epochs": len(history),
                "watched": pool.watched_by,
                "transductive": str(pool.transductive).lower(),
                "seconds": result["seconds"],
                **{key: history[-1].get(key, float("nan")) for key in FIGURES},
                "history": json.dumps(history),
            }
        )
    return pd.DataFrame(rows, columns=[*PRETRAINING_TEXT, *PRETRAINING_NUMBERS])

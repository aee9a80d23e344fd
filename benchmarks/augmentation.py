"""What each change of augmentation does to validation: the measurements behind the defaults.

Every arm changes one setting and trains the same networks on the same images of three collections:
X-rays of children (a tenth of the labels, or all), frames of lung ultrasound, X-rays of adults with
and without tuberculosis; there a small X-Unet segments lungs, too. Losses and scores on validation
and on training images as judged are kept for every epoch. No test part is read, except with
`--test`.

    python -m benchmarks.augmentation runs/augmentation --arms default old none
    python -m benchmarks.augmentation runs/augmentation --arms default old none --seeds 0 1 2
    python -m benchmarks.augmentation runs/augmentation --table

Each training is a line of `trainings.jsonl`, written when it ends; what is there is not trained
again. Several processes may share the folder. Real images come from PLEURA_SHARED.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from benchmarks.augmentation_arms import SCREENED, WITH_ALL, arms
from benchmarks.augmentation_training import train


def done(folder: Path) -> pd.DataFrame:
    """The trainings that have ended, a row each."""
    path = folder / "trainings.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return pd.DataFrame([json.loads(line) for line in lines])


def waiting(
    folder: Path, cells: Sequence[tuple[str, str]], names: Sequence[str], seeds: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """The trainings that are asked for and have not ended, seed by seed and arm by arm."""
    for seed in seeds:
        for arm in names:
            for data, network in cells:
                key = {"data": data, "network": network, "arm": arm, "seed": seed}
                table = done(folder)
                if table.empty or not (table[list(key)] == pd.Series(key)).all(axis=1).any():
                    yield key


def rows(table: pd.DataFrame) -> pd.DataFrame:
    """A row a training: its best score, its losses, and the share of the epochs from the second on
    whose loss on validation was above guessing."""

    def row(each: Mapping[Any, Any]) -> dict[str, Any]:
        history = each["history"]
        later = [epoch["loss"] > each["guess"] for epoch in history[1:]]
        moving = arms()[each["arm"]].get("fit", {}).get("batchnorm_images") == 0
        return {
            **{key: each[key] for key in ("data", "network", "arm", "seed")},
            "batchnorm": "moving averages" if moving else "settled",
            "n_train": each["n_train"],
            "epochs": len(history),
            "best_score": max(epoch["score"] for epoch in history),
            "last_train_loss": history[-1]["train_loss"],
            "last_judged_loss": history[-1]["judged_loss"],
            "last_validation_loss": history[-1]["loss"],
            "second_validation_loss": history[1]["loss"],
            "share_above_guessing": np.nan if np.isnan(each["guess"]) else np.mean(later),
            "test_score": each["test"],
        }

    return pd.DataFrame([row(each) for each in table.to_dict("records")])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """A row an arm of these `rows`: differences of the best score on validation to `default`, by
    data and network, paired by seed, and their `mean`; `above`, the mean share of epochs above
    guessing; `ratio`, the median of the loss of training images as judged over that as trained, in
    the last epoch."""
    cell, where = ["data", "network", "seed"], ["data", "network"]
    table = table.assign(ratio=table["last_judged_loss"] / table["last_train_loss"])
    usual = table.loc[table["arm"] == "default", [*cell, "best_score"]]
    paired = table.merge(usual, on=cell, suffixes=("", "_usual"))
    paired["gain"] = paired["best_score"] - paired["best_score_usual"]
    by_cell = paired.pivot_table(index="arm", columns=where, values="gain", aggfunc="mean")
    by_cell.columns = pd.Index([", ".join(column) for column in by_cell.columns.to_flat_index()])
    told = paired.groupby("arm").agg(
        trainings=("gain", "count"),
        mean=("gain", "mean"),
        above=("share_above_guessing", "mean"),
        ratio=("ratio", "median"),
    )
    return told.join(by_cell).sort_values("mean", ascending=False)


def main() -> None:
    """Train what is asked for and missing, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--arms", nargs="+", default=list(arms()), choices=arms(), metavar="ARM")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--all-labels", action="store_true", help="Lite0 on all of the children")
    parser.add_argument("--only", nargs="+", help="networks")
    parser.add_argument("--test", action="store_true", help="tell the score on test, too")
    parser.add_argument("--table", action="store_true", help="print what there is")
    parser.add_argument("--csv", type=Path, help="write what there is, a row a training")
    options = parser.parse_args()
    if options.table:
        with pd.option_context("display.width", 250, "display.max_columns", 30):
            print(summary(rows(done(options.folder))).round(3).to_string())
        return
    if options.csv:
        rows(done(options.folder)).round(4).to_csv(options.csv, index=False)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    cells = WITH_ALL if options.all_labels else SCREENED
    cells = [cell for cell in cells if not options.only or cell[1] in options.only]
    for key in waiting(options.folder, cells, options.arms, options.seeds):
        told = train(**key, folder=options.folder, test=options.test)
        with (options.folder / "trainings.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({**key, **asdict(told)}) + "\n")
        last = told.history[-1]
        print(
            f"{key['data']}; {key['network']}; {key['arm']}; seed {key['seed']}: "
            f"{max(epoch['score'] for epoch in told.history):.3f} on validation, loss "
            f"{last['train_loss']:.2f} as trained, {last['judged_loss']:.2f} as judged, "
            f"{last['loss']:.2f} on validation, {told.seconds:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()

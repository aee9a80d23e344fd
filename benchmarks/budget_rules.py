"""What the rules of a budget do to validation: trainings behind docs/concepts/budget.md.

Every arm changes one thing of a usual training (96 px, 8 epochs or 300 steps, batches of 32, rate
.0015): the size, the schedule, the batch, the rate, how far images are varied. The same networks
train on children's chest X-rays (Kermany; a tenth of the labels, and all), on frames of lung
ultrasound and on X-rays of adults with and without tuberculosis. Only validation is looked at.

    python -m benchmarks.budget_rules runs/budget_rules            # three seeds, all arms
    python -m benchmarks.budget_rules runs/budget_rules --table    # what there is
    python -m benchmarks.budget_rules runs/budget_tiny --tiny      # that it runs, and no more

Each training is a line of `trainings.jsonl`, written when it ends; what is there is not trained
again. Several processes may share the folder, each with seeds of its own. Real images come from
PLEURA_SHARED.
"""

import argparse
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from benchmarks.augmentation_arms import COLLECTIONS, NETWORKS

from pleura.data.augment_settings import Augmentation
from pleura.data.split import Parts
from pleura.study.budget.rules import DOUBLE, LONG, LONGEST, PLAIN, SHORT, STRONGER, VARIED
from pleura.study.context import Context, quiet
from pleura.study.load_data import read_data
from pleura.study.study_files import make_study
from pleura.tasks.classification import CrossEntropy
from pleura.tasks.images import OnImages
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric
from pleura.transfer.build import build_model

RATE = 1.5e-3
TRAINED = ("Lite0, middle", "MobileNetV2")
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Arm:
    """How one training goes; `schedule` has passes and least steps, `varied` is how many times as
    far as by default images are varied."""

    size: int = 96
    schedule: tuple[int, int] = PLAIN
    batch: int = 32
    rate: float = RATE
    varied: float = 1.0

    def augmentation(self) -> Augmentation:
        """The augmentation of this arm."""
        default = Augmentation()
        return default.model_copy(
            update={name: self.varied * getattr(default, name) for name in VARIED}
        )


USUAL = "usual"
ARMS: Mapping[str, Arm] = {
    USUAL: Arm(),
    **{f"{size} px": Arm(size=size) for size in (64, 128, 160, 224)},
    "short": Arm(schedule=SHORT),
    "double": Arm(schedule=DOUBLE),
    "long": Arm(schedule=LONG),
    "longest": Arm(schedule=LONGEST),
    "128 px, double": Arm(size=128, schedule=DOUBLE),
    "batch 16": Arm(batch=16),
    "batch 16, rate by the root": Arm(batch=16, rate=RATE * math.sqrt(0.5)),
    **{f"rate {factor} times": Arm(rate=RATE * factor) for factor in (3, 9)},
    **{f"rate over {factor}": Arm(rate=RATE / factor) for factor in (3, 9)},
    "varied more": Arm(varied=STRONGER),
    "double, varied more": Arm(schedule=DOUBLE, varied=STRONGER),
    "long, varied more": Arm(schedule=LONG, varied=STRONGER),
}
TINY = {USUAL: Arm(size=64, schedule=(1, 2)), "batch 16": Arm(64, (1, 2), 16)}


@cache
def loaded(data: str, size: int, seed: int, folder: Path, few: int) -> Context:
    """A collection at a size: read, checked, decoded and divided, once; `few` patients of each
    class, 0 for all."""
    content, fraction = COLLECTIONS[data]
    section = {**content["data"], "size": size} | ({"patients": few} if few else {})
    study = make_study(
        {
            **content,
            "data": section,
            "question": data,
            "seeds": [seed],
            "fractions": sorted({fraction, 1.0}),
            "reference": "any",
            "recipes": {"any": {"backbone": "resnet18", "weights": "random"}},
        },
        where=data,
        relative_to=Path.cwd(),
    )
    return read_data(study, folder, quiet, quiet, keep_split=False)


def train(data: str, network: str, arm: Arm, seed: int, folder: Path, few: int) -> dict[str, Any]:
    """Train one network: its scores on validation by epoch, and seconds. At a tenth of the labels
    the validation part of all labels judges, so that fewer differences between arms are chance."""
    context = loaded(data, arm.size, seed, folder, few)
    fraction = COLLECTIONS[data][1]
    learned: Parts = context.split.parts(0, seed, fraction)
    judged = context.split.parts(0, seed, 1.0).validation
    built = build_model({"strategy": "fine_tuning", **NETWORKS[network]}, context.n_classes, seed)
    task = OnImages(
        context.bank,
        context.labels,
        train=learned.train,
        validation=judged,
        n_classes=context.n_classes,
        augmentation=arm.augmentation(),
        balanced=True,
        device=CPU,
        loss=CrossEntropy(0.0),
    )
    epochs, steps = arm.schedule
    result = fit(
        built.classifier,
        task,
        built.strategy.phases(built.classifier),
        FitSettings(epochs=epochs, min_steps=steps, batch_size=arm.batch),
        rate=arm.rate,
        seed=seed,
        fabric=make_fabric("cpu", "fp32"),
    )
    scores = [record["score"] for record in result.history]
    return {"n_train": len(learned.train), "scores": scores, "seconds": result.seconds}


def done(folder: Path) -> pd.DataFrame:
    """The trainings that have ended, a row each."""
    path = folder / "trainings.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return pd.DataFrame([json.loads(line) for line in lines])


def waiting(
    folder: Path, names: Mapping[str, Arm], data: list[str], seeds: list[int]
) -> Iterator[dict[str, Any]]:
    """The trainings that are asked for and have not ended, seed by seed and arm by arm."""
    for seed in seeds:
        for arm in names:
            for place in data:
                for network in TRAINED:
                    key = {"data": place, "network": network, "arm": arm, "seed": seed}
                    ended = done(folder)
                    if ended.empty or not (ended[list(key)] == pd.Series(key)).all(axis=1).any():
                        yield key


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """A row an arm: differences of the best score on validation to the usual training, paired by
    data, network and seed: their mean, standard error, means by data, and seconds over usual."""
    cell = ["data", "network", "seed"]
    table = table.assign(best=table["scores"].map(max))
    usual = table.loc[table["arm"] == USUAL, [*cell, "best", "seconds"]]
    paired = table.merge(usual, on=cell, suffixes=("", "_usual"))
    paired["gain"] = paired["best"] - paired["best_usual"]
    paired["cost"] = paired["seconds"] / paired["seconds_usual"]
    by_data = paired.pivot_table(index="arm", columns="data", values="gain", aggfunc="mean")
    told = paired.groupby("arm").agg(
        trainings=("gain", "count"),
        mean=("gain", "mean"),
        se=("gain", "sem"),
        cost=("cost", "median"),
    )
    return told.join(by_data).sort_values("mean", ascending=False)


def main() -> None:
    """Train what is asked for and missing, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--arms", nargs="+", choices=ARMS, metavar="ARM")
    parser.add_argument("--data", nargs="+", choices=COLLECTIONS, default=[*COLLECTIONS])
    parser.add_argument("--tiny", action="store_true", help="few patients, two steps, two arms")
    parser.add_argument("--table", action="store_true", help="print what there is")
    options = parser.parse_args()
    if options.table:
        with pd.option_context("display.width", 250, "display.max_columns", 30):
            print(summary(done(options.folder)).round(3).to_string())
        return
    torch.set_num_threads(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    arms = TINY if options.tiny else {name: ARMS[name] for name in options.arms or ARMS}
    seeds, data = ([0], ["adults"]) if options.tiny else (options.seeds, options.data)
    for key in waiting(options.folder, arms, data, seeds):
        few = 12 if options.tiny else 0
        arm = arms[key["arm"]]
        told = train(key["data"], key["network"], arm, key["seed"], options.folder, few)
        line = json.dumps({**key, **told, "how": asdict(arm)})
        with (options.folder / "trainings.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        where = f"{key['data']}; {key['network']}; {key['arm']}; seed {key['seed']}"
        print(f"{where}: {max(told['scores']):.3f}, {told['seconds']:.0f} s", flush=True)


if __name__ == "__main__":
    main()

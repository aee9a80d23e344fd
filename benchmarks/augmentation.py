"""What each change of augmentation does to validation: the measurements behind the defaults.

Every arm changes one setting and trains the same networks on the same images of three collections:
X-rays of children (a tenth of the labels, or all), frames of lung ultrasound, X-rays of adults with
and without tuberculosis; there a small X-Unet segments lungs, too. Losses and scores on validation
and on training images as judged are kept for every epoch. No test part is read, except with
`--test`.

    python benchmarks/augmentation.py runs/augmentation --arms default old none
    python benchmarks/augmentation.py runs/augmentation --arms default old none --seeds 0 1 2
    python benchmarks/augmentation.py runs/augmentation --table

Each training is a line of `trainings.jsonl`, written when it ends; what is there is not trained
again. Several processes may share the folder. Real images come from PLEURA_SHARED.
"""

import argparse
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from pleura.data.augment import Augmentation
from pleura.data.split import Parts
from pleura.evaluate.overlap import counts, dice, mean_of_cases
from pleura.models.unet_nets import build_unet
from pleura.study.context import Context
from pleura.study.read import make_study
from pleura.study.reading import read_data
from pleura.tasks.classification import Classification, guessing_loss, predict, validation_score
from pleura.tasks.segmentation import Segmentation, predict_masks
from pleura.train.loop import Draw, FitSettings, fit
from pleura.train.precision import make_fabric
from pleura.transfer.build import build_model
from pleura.transfer.freezing_plan import make_plan

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
SIZE = 64  # pixels
CHILDREN: dict[str, Any] = {
    "data": {
        "manifest": str(SHARED / "data" / "chest_xray" / "images.csv"),
        "columns": {"image": "file", "patient": "patient_id"},
        "where": {"source": "Kermany*"},
        "classes": ["normal", "bacterial", "viral"],
        "same_image": "merge",
    },
    "split": {"test": "split", "validation": 0.2},
}
ADULTS: dict[str, Any] = {
    "data": {
        "manifest": str(SHARED / "data" / "lung_masks" / "pairs.csv"),
        "columns": {"patient": "patient_id"},
    },
    "split": {"test": 0.25, "validation": 0.3},
}
ULTRASOUND: dict[str, Any] = {
    "data": {
        "manifest": str(SHARED / "data" / "lung_ultrasound" / "frames.csv"),
        "columns": {"image": "file", "patient": "patient_id", "video": "video_id"},
        "classes": ["normal", "pneumonia", "covid"],
        "labels": {"pneumonia": ["bacterial_pneumonia", "viral_pneumonia"]},
        "same_image": "merge",
    },
    "split": {"test": 0.25, "validation": 0.3},
}
# Images, and the share of the training patients' labels that is learned from.
COLLECTIONS = {
    "children, 10 %": (CHILDREN, 0.1),
    "children": (CHILDREN, 1.0),
    "ultrasound": (ULTRASOUND, 1.0),
    "adults": (ADULTS, 1.0),
}
LITE0 = {"backbone": "tf_efficientnet_lite0", "weights": "imagenet"}
MOBILENET = str(SHARED / "weights" / "mobilenet_v2_035_features.safetensors")
SQUEEZENET = str(SHARED / "weights" / "squeezenet1_0.safetensors")
NETWORKS: dict[str, dict[str, Any]] = {
    "Lite0, middle": {**LITE0, "strategy": {"truncation": {"at": "middle"}}},
    "MobileNetV2": {"backbone": "mobilenet_v2_035", "weights": MOBILENET},
    "SqueezeNet": {"backbone": "squeezenet1_0", "weights": SQUEEZENET},
    "Lite0": LITE0,
}
X_UNET = "X-Unet"
SCREENED = [
    *(
        (data, network)
        for data in ("children, 10 %", "ultrasound", "adults")
        for network in ("Lite0, middle", "MobileNetV2", "SqueezeNet")
    ),
    ("adults", X_UNET),
]
WITH_ALL = [("children", "Lite0, middle"), ("children", "Lite0")]
CPU = torch.device("cpu")
AMOUNTS = {
    "rotation": (10.0, 20.0),
    "shift": (0.05, 0.1),
    "scale": (0.1, 0.2),
    "brightness": (0.1, 0.2),
    "contrast": (0.2, 0.4),
    "noise": (0.02, 0.05),
}
RARE = 0.25
OLD_NOISE = 0.02


@dataclass(frozen=True)
class Arm:
    """What an arm changes: keys of `augmentation` (None: there is none) and of `fit`, a factor on
    the learning `rate`, class weights (`balanced`), or noise on every image (`old_noise`)."""

    augmentation: Mapping[str, Any] | None = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)
    rate: float = 1.0
    balanced: bool = True
    old_noise: bool = False

    def augmented(self) -> Augmentation | None:
        """How images are varied."""
        given = self.augmentation
        return None if given is None else Augmentation.model_validate(given)


def arms() -> dict[str, dict[str, Any]]:
    """The fields of each `Arm`. `old` is the default that was at fault: all changes on every image,
    noise too, and BatchNorm's moving averages."""
    always = {"untouched": 0.0, "probability": 1.0}
    moving = {"batchnorm_images": 0}
    found: dict[str, dict[str, Any]] = {
        "default": {},
        "old": {"augmentation": always, "old_noise": True, "fit": moving},
        "old, BatchNorm settled": {"augmentation": always, "old_noise": True},
        "old without noise": {"augmentation": always, "fit": moving},
        "always": {"augmentation": always},
        "moving averages": {"fit": moving},
        "none": {"augmentation": None},
        "flip off": {"augmentation": {"flip": 0.0}},
        "untouched 0": {"augmentation": {"untouched": 0.0}},
        "untouched 0.5": {"augmentation": {"untouched": 0.5}},
    }
    for change, (usual, strong) in AMOUNTS.items():
        if change != "noise":
            found[f"{change} off"] = {"augmentation": {change: 0.0}}
        for strength in (usual, strong):
            for often, probability in (("rare", RARE), ("always", 1.0)):
                changed = {change: strength, "probability": {change: probability}}
                found[f"{change} {strength:g} {often}"] = {"augmentation": changed}
    return found | {
        "a third of the rate": {"rate": 1 / 3},
        "three times the rate": {"rate": 3.0},
        "half the epochs": {"fit": {"epochs": 4, "min_steps": 150}},
        "twice the epochs": {"fit": {"epochs": 16, "min_steps": 600}},
        "no class weights": {"balanced": False},
        "no early stopping": {"fit": {"patience": 1.0}},
    }


class NoisyClassification(Classification):
    """Noise of one strength on every training image: the default that was at fault."""

    def varied(self, images: Tensor, draw: Draw) -> Tensor:
        """See `Classification`."""
        return with_old_noise(super().varied(images, draw), draw)


class NoisySegmentation(Segmentation):
    """The same for a segmentation."""

    def varied(self, images: Tensor, masks: Tensor, draw: Draw) -> tuple[Tensor, Tensor]:
        """See `Segmentation`."""
        images, masks = super().varied(images, masks, draw)
        return with_old_noise(images, draw), masks


def with_old_noise(images: Tensor, draw: Draw) -> Tensor:
    """Images (n, 1, h, w) in [0, 1] with noise of standard deviation .02."""
    noise = torch.randn(images.shape, generator=draw.generator("noise", images.device))
    return (images + OLD_NOISE * noise).clamp(0, 1)


@cache
def loaded(data: str, segmented: bool, seed: int, folder: Path) -> Context:
    """A collection: read, checked, decoded and divided, once."""
    content, fraction = COLLECTIONS[data]
    recipe: dict[str, Any] = {"backbone": "resnet18", "weights": "random"}
    content = {**content, "data": {**content["data"], "size": SIZE}}
    if segmented:
        masks = {"masks": {"structures": {"lung": 255}}}
        content |= {"task": "segmentation", "data": {**content["data"], **masks}}
        recipe = {"network": "x_unet"}
    study = make_study(
        {
            **content,
            "question": data,
            "seeds": [seed],
            "fractions": sorted({fraction, 1.0}),
            "reference": "any",
            "recipes": {"any": recipe},
        },
        where=data,
        relative_to=Path.cwd(),
    )
    torch.set_num_threads(1)
    return read_data(study, folder, lambda *_: None, lambda _: None, keep_split=False)


@dataclass(frozen=True)
class Trained:
    """How a training went; `test` is the score on the test part, nan unless it was asked for."""

    history: list[dict[str, Any]]
    n_train: int
    seconds: float
    guess: float = math.nan
    unweighted: float = math.nan
    test: float = math.nan


def train(data: str, network: str, arm: str, seed: int, folder: Path, test: bool) -> Trained:
    """Train one network.

    At a tenth of the labels the validation part of all labels judges, so that fewer differences
    between arms are chance. `guess` is the loss of guessing; `unweighted` the loss on validation
    where no class is weighted, of the weights that are kept.
    """
    change = Arm(**arms()[arm])
    context = loaded(data, network == X_UNET, seed, folder)
    parts = context.split.parts(0, seed, COLLECTIONS[data][1])
    judged = replace(context.split.parts(0, seed, 1.0), train=parts.train)
    of = segment if network == X_UNET else classify
    return of(network, change, seed, context, judged, test)


def classify(
    network: str, arm: Arm, seed: int, context: Context, parts: Parts, test: bool
) -> Trained:
    """A classifier, fine-tuned."""
    built = build_model({"strategy": "fine_tuning", **NETWORKS[network]}, context.n_classes, seed)
    model, labels = built.classifier, context.labels
    task = (NoisyClassification if arm.old_noise else Classification)(
        context.bank,
        labels,
        train=parts.train,
        validation=parts.validation,
        n_classes=context.n_classes,
        augmentation=arm.augmented(),
        balanced=arm.balanced,
        device=CPU,
    )
    result = fit(
        model,
        task,
        built.strategy.phases(model),
        FitSettings(**arm.fit),
        rate=1.5e-3 * arm.rate,
        seed=seed,
        fabric=make_fabric("cpu", "fp32"),
    )
    logits = torch.from_numpy(predict(model, context.bank, parts.validation, CPU))
    plain = functional.cross_entropy(logits, torch.from_numpy(labels[parts.validation]))
    tested = predict(model, context.bank, parts.test, CPU) if test else None
    return Trained(
        result.history,
        len(parts.train),
        result.seconds,
        guess=guessing_loss(labels[parts.train], context.n_classes, arm.balanced),
        unweighted=plain.item(),
        test=math.nan if tested is None else validation_score(tested, labels[parts.test]),
    )


def segment(
    network: str, arm: Arm, seed: int, context: Context, parts: Parts, test: bool
) -> Trained:
    """A small X-Unet of random weights on lung masks."""
    unet = build_unet({"x_unet": {"width": 16}}, "random", 1, seed=seed).network
    masks = context.masks[""]
    task = (NoisySegmentation if arm.old_noise else Segmentation)(
        context.bank,
        masks,
        train=parts.train,
        validation=parts.validation,
        loss="dice_cross_entropy",
        augmentation=arm.augmented(),
        device=CPU,
    )
    result = fit(
        unet,
        task,
        make_plan("none").phases(unet),
        FitSettings(**{"batch_size": 16, **arm.fit}),
        rate=1e-3 * arm.rate,
        seed=seed,
        fabric=make_fabric("cpu", "fp32"),
    )
    dice_of_test = math.nan
    if test:
        found = predict_masks(unet, context.bank, parts.test, CPU)
        dice_of_test = mean_of_cases(dice(counts(found, masks.read(parts.test), 1)))
    return Trained(result.history, len(parts.train), result.seconds, test=dice_of_test)


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


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """A row an arm: differences of the best score on validation to `default`, by data and network,
    paired by seed, and their `mean`; `above`, the share of the epochs from the second on whose loss
    on validation was above guessing; `ratio`, the median of the loss of training images as judged
    over that as trained, in the last epoch."""
    cell, where = ["data", "network", "seed"], ["data", "network"]
    histories = table["history"]
    table = table.assign(
        score=[max(epoch["score"] for epoch in history) for history in histories],
        ratio=[history[-1]["judged_loss"] / history[-1]["train_loss"] for history in histories],
        above=[
            np.mean([epoch["loss"] > guess for epoch in history[1:]])
            for history, guess in zip(histories, table["guess"], strict=True)
        ],
    )
    table.loc[table["guess"].isna(), "above"] = np.nan
    usual = table.loc[table["arm"] == "default", [*cell, "score"]]
    paired = table.merge(usual, on=cell, suffixes=("", "_usual"))
    paired["gain"] = paired["score"] - paired["score_usual"]
    by_cell = paired.pivot_table(index="arm", columns=where, values="gain", aggfunc="mean")
    by_cell.columns = pd.Index([", ".join(column) for column in by_cell.columns.to_flat_index()])
    told = paired.groupby("arm").agg(
        trainings=("gain", "count"),
        mean=("gain", "mean"),
        above=("above", "mean"),
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
    options = parser.parse_args()
    if options.table:
        with pd.option_context("display.width", 250, "display.max_columns", 30):
            print(summary(done(options.folder)).round(3).to_string())
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

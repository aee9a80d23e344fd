"""What each change of the views does to SimCLR and BYOL: does the loss leave guessing, and what is
a linear probe worth afterwards?

MobileNetV2-0.35 on 64 px, batches of 64, from random weights and from ImageNet, on children's
X-rays of the training part; the probe is trained on 512 training images and judged on 512 of
patients held out. Test is never read.

    python -m benchmarks.views runs/views --steps 400

A line a training; what is in `views.jsonl` is not trained again. Images from PLEURA_SHARED.
"""

import argparse
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.augmentation_arms import CHILDREN, MOBILENET, SIZE

from pleura.data.concatenated import Concatenated
from pleura.data.views import Views
from pleura.models.build import build_backbone
from pleura.models.network import to_channels_last
from pleura.study.context import Context
from pleura.study.load_data import read_data
from pleura.study.study_files import make_study
from pleura.tasks.selfsup.listed import make_method
from pleura.tasks.selfsup.pretraining import Pretraining
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric

STARTS = {"random": "random", "ImageNet": MOBILENET}
BATCH, RATE = 64, 1e-3
GUESSING = math.log(2 * BATCH - 1)  # nats, of SimCLR: the other view among all of the batch


@dataclass(frozen=True)
class Arm:
    """What an arm changes: keys of `views`, options of the method, a factor on the rate."""

    views: Mapping[str, Any] = field(default_factory=dict)
    method: Mapping[str, Any] = field(default_factory=dict)
    rate: float = 1.0
    batchnorm_images: int = 256


ARMS = {
    "default": Arm(),
    "old": Arm({"untouched": 0, "noise": 0.04, "probability": 1}, batchnorm_images=0),
    "old without noise": Arm({"untouched": 0, "probability": 1}, batchnorm_images=0),
    "no brightness": Arm({"brightness": 0}),
    "no contrast": Arm({"contrast": 0}),
    "no gamma": Arm({"gamma": 0}),
    "no blur": Arm({"blur": 0}),
    "crop and flip alone": Arm(
        {"brightness": 0, "contrast": 0, "gamma": 0, "blur": 0, "rotation": 0}
    ),
    "small crops": Arm({"area": 0.2}),
    "none untouched": Arm({"untouched": 0}),
    "a quarter untouched": Arm({"untouched": 0.25}),
    "temperature 0.1": Arm(method={"temperature": 0.1}),
    "temperature 0.5": Arm(method={"temperature": 0.5}),
    "a third of the rate": Arm(rate=1 / 3),
    "three times the rate": Arm(rate=3.0),
}


@cache
def loaded(folder: Path) -> Context:
    """The X-rays, read, decoded and divided."""
    study = make_study(
        {
            **CHILDREN,
            "data": {**CHILDREN["data"], "size": SIZE},
            "question": "views",
            "seeds": [0],
            "reference": "any",
            "recipes": {"any": {"backbone": "resnet18", "weights": "random"}},
        },
        where="views",
        relative_to=Path.cwd(),
    )
    return read_data(study, folder, lambda *_: None, lambda _: None, keep_split=False)


def train(method: str, start: str, arm: str, steps: int, seed: int, folder: Path) -> dict[str, Any]:
    """The history of one pretraining."""
    context, change = loaded(folder), ARMS[arm]
    parts = context.split.parts(0, 0, 1.0)
    task = Pretraining(
        Concatenated((context.bank,)),
        train=parts.train,
        validation=parts.validation,
        labels=context.labels,
        device=torch.device("cpu"),
    )
    options = {name: value for name, value in change.method.items() if method == "simclr"}
    backbone = build_backbone("mobilenet_v2_035", STARTS[start], seed=seed)
    network = make_method({method: options}).build(
        backbone,
        Views.model_validate(dict(change.views)),
        size=SIZE,
        images=len(parts.train),
        seed=seed,
    )
    to_channels_last(network)
    settings = FitSettings(
        epochs=math.ceil(steps * BATCH / len(parts.train)),
        min_steps=1,
        batch_size=BATCH,
        batchnorm_images=change.batchnorm_images,
    )
    result = fit(
        network,
        task,
        (network.phase(),),
        settings,
        rate=RATE * change.rate,
        seed=seed,
        fabric=make_fabric("cpu", "fp32"),
        keep="last",
    )
    return {"history": result.history, "seconds": result.seconds, "change": asdict(change)}


def main() -> None:
    """Train what is missing, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=ARMS, metavar="ARM")
    parser.add_argument("--methods", nargs="+", default=["simclr", "byol"])
    parser.add_argument("--starts", nargs="+", default=list(STARTS), choices=STARTS)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    kept = options.folder / "views.jsonl"
    for arm in options.arms:
        for method in options.methods:
            for start in options.starts:
                key = {"method": method, "start": start, "arm": arm}
                key |= {"steps": options.steps, "seed": options.seed}
                lines = kept.read_text().splitlines() if kept.exists() else []
                done = [json.loads(line) for line in lines]
                if any(all(each[name] == key[name] for name in key) for each in done):
                    continue
                told = train(**key, folder=options.folder)
                with kept.open("a") as file:
                    file.write(json.dumps({**key, **told}) + "\n")
                losses = [epoch["train_loss"] for epoch in told["history"]]
                probes = [epoch["probe_auroc"] for epoch in told["history"]]
                shown = " ".join(f"{loss:.2f}" for loss in losses)
                print(
                    f"{method} from {start}, {arm}: loss {shown} (guessing {GUESSING:.2f}), probe "
                    f"{np.round(probes, 3).tolist()}, {told['seconds']:.0f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()

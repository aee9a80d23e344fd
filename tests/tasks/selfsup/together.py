"""Every method for some steps, by one process or by two.

BatchNorm is taken out: its statistics are those of one process's images.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from torch import distributed, nn

from pleura._fabric import Fabric
from pleura.data.concatenated import Concatenated
from pleura.data.views import Views
from pleura.tasks.selfsup.job import Job, pretrain
from pleura.tasks.selfsup.listed import METHODS, make_method
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.tasks.selfsup.pretraining import Pretraining
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric

from .contract import small_backbone
from .jobs import SIZE

# Of odd batches (33 images in batches of 16 or 17) the processes would leave one image out.
SETTINGS = FitSettings(epochs=2, min_steps=1, batch_size=16)
# One that hides patches of a vision transformer has no use for the small backbone.
NAMES = [name for name in METHODS if name != "masked_autoencoder"]


def learn(job: Job, method: str, fabric: Fabric) -> dict[str, Any]:
    """The losses of training and validation by epoch, and the sum of each weight afterwards."""
    network = make_method(method).build(
        small_backbone(norm=False), Views(), size=SIZE, images=32, seed=job.spec["seed"]
    )
    without_norms(network)
    task = Pretraining(
        Concatenated(job.banks),
        train=job.train,
        validation=job.validation,
        labels=job.labels,
        device=fabric.device,
    )
    result = fit(
        network, task, [network.phase()], SETTINGS, rate=1e-3, seed=1, fabric=fabric, keep="last"
    )
    weights = network.state_dict().values()
    return {
        "train_loss": [record["train_loss"] for record in result.history],
        "loss": [record["loss"] for record in result.history],
        "weights": [float(value.double().norm()) for value in weights],
    }


def without_norms(network: Pretrainer) -> None:
    """Put nothing in the place of each BatchNorm."""
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.modules.batchnorm._BatchNorm):
                setattr(module, name, nn.Identity())


def take_part(rank: int, file: Path, results: Path) -> None:
    """Learn as one of two processes, of which the first writes what `learn` finds by method."""
    fabric = make_fabric("cpu", "fp32", devices=2)
    fabric.launch()
    job = Job.read(file)
    found = {method: learn(job, method, fabric) for method in NAMES}
    if rank == 0:
        results.write_text(json.dumps(found))
    assert np.isfinite([found[method]["loss"] for method in NAMES]).all()
    # A process that ends with its threads still at work may be aborted.
    distributed.destroy_process_group()


def break_off(rank: int, file: Path) -> None:
    """Pretrain as one of two processes, of which the first dies in the third epoch of two batches
    and the other is told so."""
    fabric = make_fabric("cpu", "fp32", devices=2)
    fabric.launch()

    def die(phase: str, done: int, steps: int, figures: dict[str, float]) -> None:
        if done > 4:
            os._exit(0)

    try:
        pretrain(Job.read(file), fabric, die)
    except RuntimeError:  # of the connection
        assert rank == 1
    else:
        raise AssertionError("the first process lives")

"""One pretraining from start to end: what it needs, in a form that other processes can read."""

import pickle
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file

from pleura.data.bank import Bank
from pleura.data.concatenated import Concatenated
from pleura.data.views import Views
from pleura.files import write_atomically
from pleura.models.build import build_backbone
from pleura.models.network import to_channels_last
from pleura.models.weights import check_planned
from pleura.tasks.selfsup.listed import make_method
from pleura.tasks.selfsup.pretrainer import Pretrainer
from pleura.tasks.selfsup.pretraining import Pretraining
from pleura.train.checkpoint import CHECKPOINT, EPOCHS, WEIGHTS, load, save_weights
from pleura.train.logs import logging_to, write_epochs
from pleura.train.loop import FitSettings, Watch, fit
from pleura.train.phase import count_trained

if TYPE_CHECKING:
    from lightning_fabric import Fabric

JOB = "job.pickle"
FIGURES = ("loss", "effective_rank", "knn_auroc", "probe_auroc")

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Job:
    """What a pretraining needs.

    `folder` is the step's. `spec` has `backbone`, `weights`, `method`, `views`, `size` (pixels),
    `settings` (FitSettings), `value` (the learning rate), `seed` and `precision`; `places` may have
    `weights`, the path of a file. The images of `banks`, one after the other, are the rows:
    `labels` are their classes, -1 where unknown, `train` and `validation` the rows used. `before`
    is the file of weights of an earlier pretraining, `logs` TensorBoard's folder.
    """

    folder: Path
    spec: Mapping[str, Any]
    places: Mapping[str, str]
    banks: tuple[Bank, ...]
    train: Rows
    validation: Rows
    labels: Rows
    before: Path | None
    logs: Path

    def write(self) -> Path:
        """Write it into its folder, for the processes of this run; returns the file."""
        with write_atomically(self.folder / JOB) as temporary:
            temporary.write_bytes(pickle.dumps(self))
        return self.folder / JOB

    @classmethod
    def read(cls, path: Path) -> "Job":
        """What `write` has written."""
        job: Job = pickle.loads(path.read_bytes())
        return job


def pretrain(job: Job, fabric: "Fabric", watch: Watch | None = None) -> dict[str, Any]:
    """Train as the job says, going on from the end of the last epoch where it was cut off.

    Writes `weights.safetensors`, those of the backbone alone after the last epoch, and
    `epochs.csv`. Returns what the step says: seconds, epochs, history, parameters_trained, and the
    last figures. With several processes (`fabric`) all call it and the first one writes.
    """
    network, spec = untrained(job), job.spec
    phases = [network.phase()]
    task = Pretraining(
        Concatenated(job.banks),
        train=job.train,
        validation=job.validation,
        labels=job.labels,
        device=fabric.device,
    )
    checkpoint = job.folder / CHECKPOINT
    first = fabric.is_global_zero
    history = (load(checkpoint) or {}).get("history", [])
    with logging_to(job.logs, history) if first else nullcontext() as log:
        result = fit(
            network,
            task,
            phases,
            FitSettings.model_validate(spec["settings"]),
            rate=spec["value"],
            seed=spec["seed"],
            fabric=fabric,
            keep="last",
            saved=checkpoint,
            watch=watch,
            on_epoch=log,
        )
    if first:
        write_epochs(job.folder / EPOCHS, result.history)
        save_weights(job.folder / WEIGHTS, network.backbone)
        checkpoint.unlink(missing_ok=True)
    last = result.history[-1]
    figures = {name: last[name] for name in FIGURES if name in last}
    return {**result.summary(), **figures, "parameters_trained": count_trained(network, phases)}


def untrained(job: Job) -> Pretrainer:
    """The network before its training: from its start, or from the weights before.

    Raises InputError where the weights, the backbone, the method, the size, the images and the
    batches do not suit each other, PleuraError where the file of weights is not the one of the
    spec's `weights_digest`.
    """
    spec = {**job.spec, **job.places}
    loaded = build_backbone(spec["backbone"], spec["weights"], seed=spec["seed"])
    check_planned(spec, loaded.provenance)
    if job.before:
        loaded.backbone.load_state_dict(load_file(job.before))
    views = Views.model_validate(spec["views"])
    method = make_method(spec["method"])
    network = method.build(
        loaded, views, size=spec["size"], images=len(job.train), seed=spec["seed"]
    )
    to_channels_last(network)
    return network

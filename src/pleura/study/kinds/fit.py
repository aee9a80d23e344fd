"""Step: one trial of training a network, at one learning rate."""

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from pleura.data.augment import Augmentation
from pleura.files import write_atomically
from pleura.study.context import Context
from pleura.study.kinds import head
from pleura.study.step import Step
from pleura.tasks.classification import Classification
from pleura.train.checkpoint import load, save_weights
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import count_trained
from pleura.transfer.build import build_model

WEIGHTS = "weights.safetensors"
EPOCHS = "epochs.csv"


def perform(step: Step, context: Context) -> None:
    """Write `weights.safetensors`, the best on validation, and `epochs.csv`."""
    spec = step.spec
    folder = step.folder(context.steps)
    folder.mkdir(parents=True, exist_ok=True)
    parts = context.split.parts(spec["fold"], spec["seed"], spec["fraction"])
    built = build_model({**spec, **step.places}, context.n_classes, spec["seed"])
    fabric = context.fabric(spec["precision"])
    augmentation = spec["augmentation"]
    phases = built.strategy.phases(built.classifier)
    if probes := [parent for parent in step.parents if parent.kind == "head"]:
        # A linear probe came first: the best on validation is where the head starts.
        best = max(probes, key=lambda probe: probe.result(context.steps)["score"])
        head.load_into(built.classifier.head, best, context)
        phases = tuple(phase for phase in phases if not phase.to_convergence)
    task = Classification(
        context.bank,
        context.labels,
        train=parts.train,
        validation=parts.validation,
        n_classes=context.n_classes,
        augmentation=Augmentation.model_validate(augmentation) if augmentation else None,
        balanced=spec["balanced"],
        device=fabric.device,
    )
    checkpoint = folder / "checkpoint.pt"
    logs = context.out / "tensorboard" / folder.name
    shutil.rmtree(logs, ignore_errors=True)
    with SummaryWriter(str(logs)) as board:
        for record in (load(checkpoint) or {}).get("history", []):
            _log(board, record)
        result = fit(
            built.classifier,
            task,
            phases,
            FitSettings.model_validate(spec["settings"]),
            rate=spec["value"],
            seed=spec["seed"],
            fabric=fabric,
            penalty=built.strategy.penalty(built.classifier),
            saved=checkpoint,
            watch=lambda phase, done, steps, figures: context.progress(
                f"{step.title}: {phase}", done, steps, figures
            ),
            on_epoch=lambda record: _log(board, record),
        )
    _write_csv(folder / EPOCHS, result.history)
    save_weights(folder / WEIGHTS, built.classifier)
    trained = {"parameters_trained": count_trained(built.classifier, phases)}
    step.finish(context.steps, result.told() | trained, WEIGHTS, EPOCHS)
    checkpoint.unlink(missing_ok=True)


def _log(board: SummaryWriter, record: Mapping[str, Any]) -> None:
    for name in ("train_loss", "loss", "score", "rate"):
        board.add_scalar(f"{record['phase']}/{name}", record[name], record["epoch"])


def _write_csv(path: Path, history: list[dict[str, Any]]) -> None:
    with write_atomically(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)

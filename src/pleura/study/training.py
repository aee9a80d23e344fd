"""One training as a step: resumed where it was cut off, watched, its best weights kept."""

import csv
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from pleura.data.augment import Augmentation
from pleura.files import write_atomically
from pleura.models.network import Network
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.train.checkpoint import load, save_weights
from pleura.train.loop import FitSettings, Task, fit
from pleura.train.phase import Phase, count_trained

WEIGHTS = "weights.safetensors"
EPOCHS = "epochs.csv"


def train(
    step: Step,
    context: Context,
    network: Network,
    task: Task,
    phases: Sequence[Phase],
    penalty: Callable[[], Tensor] | None = None,
) -> None:
    """Train `network` as the step's spec says, and finish the step.

    Writes `weights.safetensors`, the best on validation, and `epochs.csv`. The spec has the
    learning rate as `value`, `seed`, `precision` and `settings` (FitSettings).
    """
    spec, folder = step.spec, step.folder(context.steps)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    logs = context.out / "tensorboard" / folder.name
    shutil.rmtree(logs, ignore_errors=True)
    with SummaryWriter(str(logs)) as board:
        for record in (load(checkpoint) or {}).get("history", []):
            _log(board, record)
        result = fit(
            network,
            task,
            phases,
            FitSettings.model_validate(spec["settings"]),
            rate=spec["value"],
            seed=spec["seed"],
            fabric=context.fabric(spec["precision"]),
            penalty=penalty,
            saved=checkpoint,
            watch=lambda phase, done, steps, figures: context.progress(
                f"{step.title}: {phase}", done, steps, figures
            ),
            on_epoch=lambda record: _log(board, record),
        )
    _write_csv(folder / EPOCHS, result.history)
    save_weights(folder / WEIGHTS, network)
    trained = {"parameters_trained": count_trained(network, phases)}
    step.finish(context.steps, result.told() | trained, WEIGHTS, EPOCHS)
    checkpoint.unlink(missing_ok=True)


def augmentation_of(step: Step) -> Augmentation | None:
    """How far the images of a training are varied."""
    settings = step.spec["augmentation"]
    return Augmentation.model_validate(settings) if settings else None


def _log(board: SummaryWriter, record: Mapping[str, Any]) -> None:
    for name in ("train_loss", "loss", "score", "rate"):
        board.add_scalar(f"{record['phase']}/{name}", record[name], record["epoch"])


def _write_csv(path: Path, history: list[dict[str, Any]]) -> None:
    with write_atomically(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)

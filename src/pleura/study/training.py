"""One training as a step: resumed where it was cut off, watched, its best weights kept."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from pleura.data.augment import Augmentation
from pleura.data.sizes import full_from
from pleura.errors import PleuraError
from pleura.evaluate.metric import Metric
from pleura.files import write_atomically
from pleura.models.network import Network
from pleura.models.stochastic_depth import drop_branches
from pleura.randomness import seed_of
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.watching import watching
from pleura.tasks.countermeasures import NONE, Countermeasures
from pleura.train.checkpoint import CHECKPOINT, load, save_weights
from pleura.train.checkpoint import EPOCHS as EPOCHS
from pleura.train.checkpoint import WEIGHTS as WEIGHTS
from pleura.train.logs import logging_to, write_epochs
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase, count_trained
from pleura.train.task import Task


def train(
    step: Step,
    context: Context,
    progress: Progress,
    network: Network,
    task: Task,
    phases: Sequence[Phase],
    penalty: Callable[[], Tensor] | None = None,
    *,
    judged: Metric,
    against: Countermeasures = NONE,
) -> None:
    """Train `network` as the step's spec says, and finish the step.

    Writes `weights.safetensors`, the best on validation, and `epochs.csv`. The spec has the
    learning rate as `value`, `seed`, `precision` and `settings` (FitSettings); `judged` is its
    score on validation. Where it has `until` the training stops after so many epochs and leaves
    its checkpoint instead; one that has `begun` among its places goes on from there. `against` says
    how countermeasures to shortcuts draw its images.
    """
    spec, folder = step.spec, step.folder(context.steps)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / CHECKPOINT
    until: int | None = spec.get("until")
    saved = load(checkpoint)
    if saved is None and (begun := step.places.get("begun")):
        # Without it, as where its disk was cleared, the training starts anew and ends the same.
        with suppress(FileNotFoundError), write_atomically(checkpoint) as temporary:
            shutil.copyfile(context.steps / begun / CHECKPOINT, temporary)
        saved = load(checkpoint)
    if rate := spec.get("stochastic_depth"):
        drop_branches(network, rate)
    logs = context.out / "tensorboard" / step.name
    settings = FitSettings.model_validate(spec["settings"])
    shown = f"validation {judged.label}"
    watch = watching(step.title, settings, task.n_train, progress, validation=shown)
    with logging_to(logs, (saved or {}).get("history", [])) as log:
        result = fit(
            network,
            task,
            phases,
            settings,
            rate=spec["value"],
            seed=training_seed(spec),
            fabric=context.fabric(spec["precision"]),
            penalty=penalty,
            saved=checkpoint,
            until=until,
            patient_until=full_from(spec.get("sizes", ())),
            watch=watch,
            on_epoch=log,
            order=against.order,
            memory=against.dro,
        )
    if until is not None:
        step.finish(context.steps, result.summary(), CHECKPOINT)
        return
    write_epochs(folder / EPOCHS, result.history)
    save_weights(folder / WEIGHTS, network)
    trained = {"parameters_trained": count_trained(network, phases)}
    step.finish(context.steps, result.summary() | trained, WEIGHTS, EPOCHS)
    checkpoint.unlink(missing_ok=True)


def training_seed(spec: Mapping[str, Any]) -> int:
    """The seed of what is drawn in a training of a spec; who trains hangs on `seed` alone."""
    seed: int = spec["seed"]
    return seed_of(seed, "member", spec["member"]) if "member" in spec else seed


def trained_weights(step: Step, context: Context) -> dict[str, Tensor]:
    """What a finished training kept. Raises PleuraError where it is gone."""
    path = step.folder(context.steps) / WEIGHTS
    if not path.exists():
        raise PleuraError(
            f"{path}: the weights of '{step.title}' are gone\n"
            "  - the same command trains them again and goes on"
        )
    return load_file(path)


def augmentation_of(step: Step) -> Augmentation | None:
    """How far the images of a training are varied."""
    settings = step.spec["augmentation"]
    return Augmentation.model_validate(settings) if settings else None

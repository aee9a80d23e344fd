"""The training loop: plain, and exact when it is stopped and resumed.

Everything random follows from (step seed, phase, epoch, batch), never from what ran before, so a
fit that was cut off and resumed at an epoch ends with the same weights as one that was not. Several
processes, one a device, share each batch; all but their sums' rounding is what one would do.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pleura._optimisers import AdamW
from pleura.errors import InputError, PleuraError
from pleura.models.network import Network
from pleura.randomness import seed_of
from pleura.train import checkpoint
from pleura.train.averaging import AveragedWeights, TrainedWeights
from pleura.train.batchnorm import settle, settling
from pleura.train.history import FitResult
from pleura.train.phase import (
    Phase,
    freeze,
    parameter_groups,
    set_mode,
    training_parameters,
    trains_norms,
)
from pleura.train.selection import Best, Keep, Selection
from pleura.train.settings import FitSettings as FitSettings
from pleura.train.settings import epochs_by_phase
from pleura.train.settings import epochs_of as epochs_of
from pleura.train.steps import StepFigures
from pleura.train.task import Batch, Task

if TYPE_CHECKING:
    from lightning_fabric import Fabric

VERSION = 1  # part of every key: raised whenever the same start would get other weights
CHECKPOINT_SECONDS = 20.0


Watch = Callable[[str, int, int, dict[str, float]], None]
"""Called after each batch, on devices other than a CPU as `StepFigures` says: phase, steps done,
steps in all, figures so far."""
Order = Callable[[np.random.Generator, int], NDArray[np.int64]]
"""The positions of the training images of an epoch, in the order of its batches: (n,), of n."""
OnEpoch = Callable[[dict[str, Any]], None]
"""Called after each epoch with its record."""


def shuffled(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Each of n training images once, in random order."""
    return rng.permutation(n)


def fit(
    model: Network,
    task: Task,
    phases: Sequence[Phase],
    settings: FitSettings,
    *,
    rate: float,
    seed: int,
    fabric: "Fabric",
    keep: Keep = "best",
    penalty: Callable[[], Tensor] | None = None,
    saved: Path | None = None,
    until: int | None = None,
    patient_until: float = 0.0,
    watch: Watch | None = None,
    on_epoch: OnEpoch | None = None,
    order: Order = shuffled,
    memory: nn.Module | None = None,
) -> FitResult:
    """Train `model` in place through `phases`; each ends with its best weights on validation, or
    with its last (`keep`), and then never before its epochs are over.

    `saved` is the checkpoint: written at the end of an epoch, and of the best weights at most every
    20 seconds; resumed from if it is there. With `until` the fit stops after so many epochs, and
    one that is longer goes on from the checkpoint as if this one had not stopped. Patience
    with a phase that gains nothing begins after the share `patient_until` of its epochs. Of several
    processes of `fabric` the first one writes it, validates, and calls `watch` and `on_epoch`;
    batches are cut to a multiple of their number. `order` gives the training images of an epoch;
    `memory` is what else of the task a training changes: checkpoints keep it.
    Raises PleuraError at a loss or gradient that is not finite, with the batch named; InputError
    where a batch has less than two images a process, or one image is all there is for BatchNorm.
    """
    epochs = epochs_of(settings, task.n_train)
    result = FitResult()
    first = fabric.is_global_zero
    # What one process has read all go on from, even where a shared disk shows files late.
    state = fabric.broadcast(checkpoint.load(saved) if saved and first else None)
    if not first:
        saved = watch = on_epoch = None
    if state:
        result = FitResult(history=state["history"], seconds=state["seconds"])
    if state and memory is not None:
        memory.load_state_dict(state["memory"])
    shared = model, task, settings, rate, fabric, keep, penalty, saved, until, patient_until
    told, allotted = (watch, on_epoch), epochs_by_phase(phases, epochs)
    for index, phase in enumerate(phases):
        if until is not None and result.epochs >= until:
            break
        if state and state["phase"] > index:
            continue
        of_phase = _PhaseFit(
            *(*shared, *told, order, memory, phase, index, allotted[index]), seed_of(seed, index)
        )
        of_phase.run(result, state if state and state["phase"] == index else None)
    return result


@dataclass
class _PhaseFit:
    """One phase: its optimiser, schedule and checkpoints. See `fit` for its fields."""

    model: Network
    task: Task
    settings: FitSettings
    rate: float
    fabric: "Fabric"
    keep: Keep
    penalty: Callable[[], Tensor] | None
    saved: Path | None
    until: int | None
    patient_until: float
    watch: Watch | None
    on_epoch: OnEpoch | None
    order: Order
    memory: nn.Module | None
    phase: Phase
    index: int
    epochs: int
    seed: int

    def __post_init__(self) -> None:
        model, phase, settings, fabric = self.model, self.phase, self.settings, self.fabric
        self.batches = settings.batches(self.task.n_train)
        smallest = self.task.n_train // self.batches
        if fabric.world_size > 1 and smallest < 2 * fabric.world_size:
            raise InputError(
                f"training.batch_size: batches of {smallest} images are too small for "
                f"{fabric.world_size} processes, which need two images each",
                ["make batches larger, or use fewer devices (--devices)"],
            )
        if smallest < 2 and trains_norms(model, phase):
            raise InputError(
                "one training image: BatchNorm compares images, so two must train; give more "
                "labels (fractions), or a network without it"
            )
        best = self.keep == "best"
        patience = max(1, math.ceil(self.epochs * settings.patience))
        self.settling = settling(settings, self.task.n_train)
        since = math.ceil(self.patient_until * self.epochs)
        self.selection = Best(patience, since) if best else Selection()
        # What stops before its end leaves the checkpoint of its last epoch, however it ends.
        self.pause = CHECKPOINT_SECONDS if best and self.until is None else 0.0
        freeze(model, phase)
        groups = parameter_groups(model, phase, self.rate, settings.weight_decay)
        optimiser = AdamW(groups, fused=True)
        self.rates = [group["lr"] for group in optimiser.param_groups]
        self.wrapped, self.optimiser = fabric.setup(model, optimiser)
        trained = (parameter for _, parameter in training_parameters(model, phase))
        ema = settings.ema
        self.judged = TrainedWeights() if ema is None else AveragedWeights(trained, ema)

    def run(self, result: FitResult, state: dict[str, Any] | None) -> None:
        """Train, from the checkpoint `state` of this phase where there is one."""
        first = 0
        if state:
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.selection.load(state["selection"])
            self.judged.load(state)
            first = state["epoch"] + 1
        last_save = time.monotonic()
        for epoch in range(first, self.epochs):
            if self.selection.stalled(epoch):
                break
            start = time.monotonic()
            loss = self._train_epoch(epoch)
            with self.judged.in_place():
                figures = self._validate()
                self.selection.see(epoch, figures, self.model)
            record = {"phase": self.phase.name, "epoch": epoch, "train_loss": loss, **figures}
            record["rate"] = max(group["lr"] for group in self.optimiser.param_groups)
            result.history.append(record)
            result.seconds += time.monotonic() - start
            if self.on_epoch:
                self.on_epoch(record)
            if self.saved and time.monotonic() - last_save >= self.pause:
                checkpoint.save(self.saved, self._state(epoch, result))
                last_save = time.monotonic()
            if self.until is not None and result.epochs >= self.until:
                return
        self.judged.give()
        self.selection.restore(self.model)
        self.model.eval()

    def _train_epoch(self, epoch: int) -> float:
        set_mode(self.model, self.phase)
        order = self.order(np.random.default_rng(seed_of(self.seed, epoch)), self.task.n_train)
        rank, world = self.fabric.global_rank, self.fabric.world_size
        batches = [
            chosen[: len(chosen) // world * world] for chosen in np.array_split(order, self.batches)
        ]
        steps = self.epochs * self.batches

        def refuse(what: str, value: float, number: int) -> PleuraError:
            return PleuraError(self._not_finite(what, value, epoch, number, batches[number]))

        def show(done: int, loss: float) -> None:
            if self.watch:
                shown = {"loss": loss, **self.selection.shown()}
                self.watch(self.phase.name, epoch * self.batches + done, steps, shown)

        figures = StepFigures(self.fabric, refuse=refuse, show=show)
        for number, chosen in enumerate(batches):
            step = epoch * self.batches + number
            factor = self.settings.rate_factor(step, steps)
            for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
                group["lr"] = rate * factor
            seed = seed_of(self.seed, epoch, number)
            # For dropout, which is the only thing that is not drawn for the whole batch.
            torch.manual_seed(seed_of(seed, rank) if rank else seed)
            batch = Batch(chosen, seed, self.phase.augmented, step / steps, rank, world)
            loss = self.task.loss(self.wrapped, batch)
            # Without the penalty, as validation has it; what is not finite there, the gradient is.
            figures.add_loss(loss)
            if self.penalty:
                loss = loss + self.penalty()
            self.optimiser.zero_grad(set_to_none=True)
            self.fabric.backward(loss)
            norm = self.fabric.clip_gradients(
                self.wrapped,
                self.optimiser,
                max_norm=self.settings.gradient_clip,
                error_if_nonfinite=False,
            )
            figures.add_norm(norm)
            self.optimiser.step()
            self.judged.update()
            figures.stepped()
        figures.look()
        total = 0.0  # not by `sum`, which rounds in another way from one Python to the next
        for value, chosen in zip(figures.losses, batches, strict=True):
            total += value * len(chosen)
        return total / sum(len(chosen) for chosen in batches)

    def _validate(self) -> dict[str, float]:
        if self.fabric.is_global_zero and self.settings.batchnorm_images:
            with self.fabric.autocast():
                settle(self.model, [partial(self.task.show, self.model, b) for b in self.settling])
        self.model.eval()
        if self.fabric.world_size == 1:
            return self.task.validate(self.wrapped)
        # By the first process alone. It is its buffers that DDP hands to all, and not through the
        # wrapper, whose forward would wait for the others.
        figures: dict[str, float] = {}
        if self.fabric.is_global_zero:
            with self.fabric.autocast():
                figures = self.task.validate(self.model)
        return self.fabric.broadcast(figures)

    def _state(self, epoch: int, result: FitResult) -> dict[str, Any]:
        return {
            "phase": self.index,
            "epoch": epoch,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "selection": self.selection.state(),
            **self.judged.state(),
            "history": result.history,
            "seconds": result.seconds,
            **({"memory": self.memory.state_dict()} if self.memory is not None else {}),
        }

    def _not_finite(
        self, what: str, value: float, epoch: int, batch: int, chosen: NDArray[np.int64]
    ) -> str:
        # That of the batch: the device may have told of it some batches later.
        step = epoch * self.batches + batch
        rate = self.rates[0] * self.settings.rate_factor(step, self.epochs * self.batches)
        return (
            f"the {what} became {value} in phase '{self.phase.name}', epoch {epoch}, batch {batch} "
            f"(learning rate {rate:.2g}). Its images: {self.task.describe(chosen)}. "
            "Try a smaller learning rate (tune.rates), a longer warm-up (training.warmup) or "
            "training.precision: fp32; if one image is in every such message, look at it."
        )

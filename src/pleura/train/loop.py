"""The training loop: plain, and exact when it is stopped and resumed.

Everything random follows from (step seed, phase, epoch, batch), never from what ran before, so a
fit that was cut off and resumed at an epoch ends with the same weights as one that was not.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from pleura.errors import PleuraError
from pleura.models.network import Network
from pleura.randomness import seed_of
from pleura.train import checkpoint
from pleura.train.history import FitResult
from pleura.train.phase import Phase, freeze, parameter_groups, set_mode

CHECKPOINT_SECONDS = 20.0


class FitSettings(BaseModel):
    """How a phase of training goes: AdamW, linear warm-up, cosine to zero, early stopping."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(8, ge=1, description="passes over the training images")
    min_steps: int = Field(300, ge=1, description="more epochs are made where these would be fewer")
    batch_size: int = Field(32, ge=2, description="images")
    weight_decay: float = Field(0.05, ge=0)
    warmup: float = Field(0.1, ge=0, lt=1, description="share of the steps")
    patience: float = Field(0.4, gt=0, le=1, description="share of the epochs without a gain")
    gradient_clip: float = Field(1.0, gt=0, description="largest norm of the gradient")


class Task(Protocol):
    """What a model learns. `score` of a validation is better when greater."""

    @property
    def n_train(self) -> int:
        """Number of training images."""
        ...

    def loss(self, model: torch.nn.Module, chosen: NDArray[np.int64], draw: "Draw") -> Tensor:
        """The loss of the training images at positions `chosen` (of `n_train`)."""
        ...

    def validate(self, model: torch.nn.Module) -> dict[str, float]:
        """Figures on the validation part, `score` and `loss` among them."""
        ...

    def describe(self, chosen: NDArray[np.int64]) -> str:
        """Names the training images at positions `chosen`, for messages."""
        ...


@dataclass(frozen=True)
class Draw:
    """Where a batch stands: all that its randomness may depend on."""

    seed: int
    augmented: bool


Watch = Callable[[str, int, int, dict[str, float]], None]
"""Called after each batch: phase, steps done, steps in all, figures so far."""


def epochs_of(settings: FitSettings, n_train: int) -> int:
    """Epochs that a fit makes at most: `epochs`, or more to reach `min_steps`."""
    return max(settings.epochs, math.ceil(settings.min_steps / _batches(settings, n_train)))


def epochs_by_phase(phases: Sequence[Phase], epochs: int) -> list[int]:
    """Divide the epochs by the phases' shares, largest remainders first; one each at least, even
    where that makes them more than `epochs`."""
    total = sum(phase.share for phase in phases)
    exact = [epochs * phase.share / total for phase in phases]
    allotted = [max(1, int(share)) for share in exact]
    by_remainder = sorted(range(len(phases)), key=lambda i: allotted[i] - exact[i])
    for i in by_remainder[: max(0, epochs - sum(allotted))]:
        allotted[i] += 1
    return allotted


def fit(
    model: Network,
    task: Task,
    phases: Sequence[Phase],
    settings: FitSettings,
    *,
    rate: float,
    seed: int,
    fabric: Fabric,
    penalty: Callable[[], Tensor] | None = None,
    saved: Path | None = None,
    watch: Watch | None = None,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> FitResult:
    """Train `model` in place through `phases`; each ends with its best weights on validation.

    `saved` is the checkpoint: written at most every 20 seconds at the end of an epoch, resumed
    from if it is there. Raises PleuraError at a loss that is not finite, with the batch named.
    """
    epochs = epochs_of(settings, task.n_train)
    result = FitResult()
    state = checkpoint.load(saved) if saved else None
    if state:
        result = FitResult(history=state["history"], seconds=state["seconds"])
    allotted = epochs_by_phase(phases, epochs)
    for index, phase in enumerate(phases):
        if state and state["phase"] > index:
            continue
        fit_of_phase = _PhaseFit(
            model,
            task,
            phase,
            settings,
            epochs=allotted[index],
            rate=rate,
            seed=seed_of(seed, index),
            fabric=fabric,
            penalty=penalty,
        )
        here = state if state and state["phase"] == index else None
        fit_of_phase.run(result, index, here, saved, watch, on_epoch)
    return result


class _PhaseFit:
    """One phase: its optimiser, schedule, early stopping and checkpoints."""

    def __init__(
        self,
        model: Network,
        task: Task,
        phase: Phase,
        settings: FitSettings,
        *,
        epochs: int,
        rate: float,
        seed: int,
        fabric: Fabric,
        penalty: Callable[[], Tensor] | None,
    ) -> None:
        self.model, self.task, self.phase, self.settings = model, task, phase, settings
        self.epochs, self.seed, self.fabric, self.penalty = epochs, seed, fabric, penalty
        self.batches = _batches(settings, task.n_train)
        self.patience = max(1, math.ceil(epochs * settings.patience))
        freeze(model, phase)
        groups = parameter_groups(model, phase, rate, settings.weight_decay)
        optimiser = torch.optim.AdamW(groups, fused=True)
        self.rates = [group["lr"] for group in optimiser.param_groups]
        self.wrapped, self.optimiser = fabric.setup(model, optimiser)
        self.best_score, self.best_epoch = -math.inf, -1
        self.best_weights: dict[str, Tensor] = {}

    def run(
        self,
        result: FitResult,
        index: int,
        state: dict[str, Any] | None,
        saved: Path | None,
        watch: Watch | None,
        on_epoch: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        first = 0
        if state:
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.best_weights, self.best_score = state["best_weights"], state["best_score"]
            self.best_epoch, first = state["best_epoch"], state["epoch"] + 1
        last_save = time.monotonic()
        for epoch in range(first, self.epochs):
            if self._stalled(epoch):
                break
            start = time.monotonic()
            loss = self._train_epoch(epoch, watch)
            self.model.eval()
            figures = self.task.validate(self.wrapped)
            if figures["score"] > self.best_score:
                self.best_score, self.best_epoch = figures["score"], epoch
                self.best_weights = {
                    name: value.detach().cpu().clone()
                    for name, value in self.model.state_dict().items()
                }
            record = {"phase": self.phase.name, "epoch": epoch, "train_loss": loss, **figures}
            record["rate"] = max(group["lr"] for group in self.optimiser.param_groups)
            result.history.append(record)
            result.seconds += time.monotonic() - start
            if on_epoch:
                on_epoch(record)
            if saved and time.monotonic() - last_save > CHECKPOINT_SECONDS:
                checkpoint.save(saved, self._state(index, epoch, result))
                last_save = time.monotonic()
        self.model.load_state_dict(self.best_weights)
        self.model.eval()

    def _train_epoch(self, epoch: int, watch: Watch | None) -> float:
        set_mode(self.model, self.phase)
        order = np.random.default_rng(seed_of(self.seed, epoch)).permutation(self.task.n_train)
        total = 0.0
        for batch, chosen in enumerate(np.array_split(order, self.batches)):
            step = epoch * self.batches + batch
            self._set_rate(step)
            seed = seed_of(self.seed, epoch, batch)
            torch.manual_seed(seed)
            loss = self.task.loss(self.wrapped, chosen, Draw(seed, self.phase.augmented))
            if self.penalty:
                loss = loss + self.penalty()
            value = loss.item()
            if not math.isfinite(value):
                raise PleuraError(self._not_finite("loss", value, epoch, batch, chosen))
            self.optimiser.zero_grad(set_to_none=True)
            self.fabric.backward(loss)
            norm = self.fabric.clip_gradients(
                self.wrapped,
                self.optimiser,
                max_norm=self.settings.gradient_clip,
                error_if_nonfinite=False,
            )
            if norm is not None and not math.isfinite(norm):
                raise PleuraError(self._not_finite("gradient", norm.item(), epoch, batch, chosen))
            self.optimiser.step()
            total += value * len(chosen)
            if watch:
                figures = {"loss": value}
                if self.best_epoch >= 0:
                    figures["validation"] = self.best_score
                watch(self.phase.name, step + 1, self.epochs * self.batches, figures)
        return total / self.task.n_train

    def _set_rate(self, step: int) -> None:
        steps = self.epochs * self.batches
        warm = max(1, round(steps * self.settings.warmup))
        if step < warm:
            factor = (step + 1) / warm
        else:
            factor = 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor

    def _stalled(self, epoch: int) -> bool:
        return self.best_epoch >= 0 and epoch - self.best_epoch > self.patience

    def _state(self, index: int, epoch: int, result: FitResult) -> dict[str, Any]:
        return {
            "phase": index,
            "epoch": epoch,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "best_weights": self.best_weights,
            "best_score": self.best_score,
            "best_epoch": self.best_epoch,
            "history": result.history,
            "seconds": result.seconds,
        }

    def _not_finite(
        self, what: str, value: float, epoch: int, batch: int, chosen: NDArray[np.int64]
    ) -> str:
        rate = self.optimiser.param_groups[0]["lr"]
        return (
            f"the {what} became {value} in phase '{self.phase.name}', epoch {epoch}, batch {batch} "
            f"(learning rate {rate:.2g}). Its images: {self.task.describe(chosen)}. "
            "Try a smaller learning rate (tune.rates), a longer warm-up (training.warmup) or "
            "training.precision: fp32; if one image is in every such message, look at it."
        )


def _batches(settings: FitSettings, n_train: int) -> int:
    return math.ceil(n_train / settings.batch_size)

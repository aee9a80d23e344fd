"""How fast a network trains and predicts here, and which precision pays: measured, not assumed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from pleura._optimisers import AdamW
from pleura.models.network import Network
from pleura.train.phase import Phase, freeze, parameter_groups, set_mode

if TYPE_CHECKING:
    from lightning_fabric import Fabric

WORTH = 1.05
ROUNDS = 5
LEAST_ROUNDS = 2  # that shall be affordable on the images that are chosen: one to warm up, one told
BUDGET = 3.5  # seconds of CPU time, so that what a round costs more than the last stays below 5
SLOW, SLOW_AT_FIRST = 2.0, 5.0  # times the first candidate; at first libraries prepare themselves


@dataclass(frozen=True)
class Speed:
    """Milliseconds an image, for one training step and one prediction."""

    training: float
    prediction: float


def measure(
    candidates: Sequence[tuple[Network, "Fabric"]],
    phase: Phase,
    *,
    size: int,
    batch_size: int,
    budget: float = BUDGET,
) -> list[Speed | None]:
    """Time training steps and predictions of each candidate on random images, in turn.

    In turn, because a machine's speed drifts; told is the fastest of up to five rounds after one,
    since a machine that is busy or stalls makes a round slower and never faster. A round has as
    many images of a batch as `budget` allows: seconds of CPU time, of all threads together. Of the
    slowest networks one or two steps on one image are all there is. A candidate after the first is
    given up at its first step that takes twice as long as the first candidate's, and None told. The
    models are spent: they have trained on noise.
    """
    begun = time.process_time()
    runners = [_Runner(model, fabric, phase, size) for model, fabric in candidates]
    few = _first_look(runners)
    if (spent := time.process_time() - begun) > budget / 2:
        if spent < budget:  # libraries prepared themselves in that look; the next tells the network
            _round(runners, few, SLOW)
        return [runner.speed for runner in runners]
    _forget(runners)
    start = time.process_time()
    _round(runners, few, SLOW)
    cost = (time.process_time() - start) / few  # of an image, of all candidates
    left = budget - (time.process_time() - begun)
    images = max(few, min(batch_size, int(left / cost / LEAST_ROUNDS)))
    if images > few:  # libraries prepare themselves for each number of images
        _round(runners, images, SLOW_AT_FIRST)
        _forget(runners)
    while (done := len(runners[0].trained)) < ROUNDS:
        if done and time.process_time() - begun + cost * images > budget:
            break
        _round(runners, images, SLOW)
    return [runner.speed for runner in runners]


def better(fp32: Speed, bf16: Speed | None) -> str:
    """`bf16` where its training is at least 1.05 times as fast, else `fp32`."""
    return "bf16" if bf16 and fp32.training > WORTH * bf16.training else "fp32"


@dataclass
class _Runner:
    """A candidate and its times so far, milliseconds an image."""

    model: Network
    fabric: "Fabric"
    phase: Phase
    size: int
    given_up: bool = False
    trained: list[float] = field(default_factory=list)
    predicted: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        freeze(self.model, self.phase)
        groups = parameter_groups(self.model, self.phase, 1e-4, 0.0)
        optimiser = AdamW(groups, fused=True)
        self.wrapped, self.optimiser = self.fabric.setup(self.model, optimiser)

    @property
    def speed(self) -> Speed | None:
        if self.given_up:
            return None
        return Speed(min(self.trained), min(self.predicted))

    def train(self, n: int) -> None:
        """Time one training step on `n` images."""
        images = torch.rand(n, 1, self.size, self.size, device=self.fabric.device)

        def step() -> None:
            set_mode(self.model, self.phase)
            self.optimiser.zero_grad()
            outputs = self.wrapped(images)
            targets = outputs.argmax(dim=1)  # a class an image, or one a pixel
            self.fabric.backward(functional.cross_entropy(outputs, targets))
            self.optimiser.step()

        self.trained.append(self._milliseconds(step) / n)

    def predict(self, n: int) -> None:
        """Time one prediction of `n` images."""
        images = torch.rand(n, 1, self.size, self.size, device=self.fabric.device)

        def prediction() -> None:
            self.model.eval()
            with torch.inference_mode():
                self.wrapped(images)

        self.predicted.append(self._milliseconds(prediction) / n)

    def _milliseconds(self, work: Callable[[], None]) -> float:
        """How long `work` takes, without the time in which a CPU was given to others.

        At every moment one thread at least computes: it takes no longer than their CPU time.
        """
        start, spent = time.perf_counter(), time.process_time()
        work()
        if self.fabric.device.type == "cuda":
            torch.cuda.synchronize(self.fabric.device)
        elapsed, computed = time.perf_counter() - start, time.process_time() - spent
        return 1000 * (min(elapsed, computed) if self.fabric.device.type == "cpu" else elapsed)


def _first_look(runners: Sequence[_Runner]) -> int:
    """A round on one image, or on two where BatchNorm has too few values of one; their number."""
    try:
        _round(runners, 1, SLOW_AT_FIRST)
    except ValueError:
        _forget(runners)
        _round(runners, 2, SLOW_AT_FIRST)
        return 2
    return 1


def _forget(runners: Sequence[_Runner]) -> None:
    for runner in runners:
        runner.trained.clear()
        runner.predicted.clear()


def _round(runners: Sequence[_Runner], images: int, limit: float) -> None:
    """One training step and one prediction of each candidate that is not given up; one is whose
    step takes `limit` times as long as the first candidate's."""
    for runner in runners:
        if runner.given_up:
            continue
        runner.train(images)
        runner.given_up = runner.trained[-1] > limit * runners[0].trained[-1]
        if not runner.given_up:
            runner.predict(images)

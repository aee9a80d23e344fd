"""Figures of steps are the same where they are looked at now and then only."""

from typing import Any, cast

import pytest
import torch

from pleura._fabric import Fabric
from pleura.errors import PleuraError
from pleura.models.classifier import Classifier
from pleura.train import ahead, steps
from pleura.train.history import FitResult
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase
from pleura.train.steps import StepFigures
from pleura.train.task import Batch
from pleura.transfer.strategy import all_parts

from .fixtures import Spots, small_classifier


@pytest.fixture
def running_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU is taken for a device that runs ahead."""
    monkeypatch.setattr(ahead, "runs_ahead", lambda device: True)
    monkeypatch.setattr(steps, "LOOK_SECONDS", 1e9)


def train(task: Spots, **options: Any) -> tuple[Classifier, FitResult]:
    """Two epochs of six batches."""
    model = small_classifier(backbone="test_efficientnet")
    result = fit(
        model,
        task,
        (Phase("all", all_parts(model)),),
        FitSettings(epochs=2, min_steps=1, batch_size=4, batchnorm_images=0),
        rate=3e-3,
        seed=1,
        fabric=Fabric(accelerator="cpu", devices=1),
        **options,
    )
    return model, result


def test_weights_and_history_are_the_same_step_by_step_and_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_step, expected = train(Spots())
    monkeypatch.setattr(ahead, "runs_ahead", lambda device: True)
    monkeypatch.setattr(steps, "LOOK_EVERY", 4)
    model, result = train(Spots())
    assert result.history == expected.history
    for name, value in by_step.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name


def test_progress_is_told_at_each_look(
    running_ahead: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "LOOK_EVERY", 4)
    seen: list[tuple[int, float]] = []
    train(Spots(), watch=lambda _, done, __, figures: seen.append((done, figures["loss"])))
    assert [done for done, _ in seen] == [4, 6, 10, 12]
    by_step: list[tuple[int, float]] = []
    monkeypatch.setattr(ahead, "runs_ahead", lambda device: False)
    train(Spots(), watch=lambda _, done, __, figures: by_step.append((done, figures["loss"])))
    assert [done for done, _ in by_step] == [*range(1, 13)]
    assert seen == [by_step[done - 1] for done, _ in seen]


class Cliff(Spots):
    """A gradient that is infinite in the batches after the first, whose loss is finite."""

    def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
        if batch.progress == 0:
            return super().loss(model, batch)
        outputs = model(self.images[batch.positions])
        # The square root has an infinite slope at zero, where its value is fine.
        slope: torch.Tensor = (outputs - outputs.detach()).abs().sqrt().sum()
        return slope


@pytest.mark.parametrize("task", [Spots(poisoned=5), Cliff()])
def test_the_first_batch_that_is_not_finite_is_named_as_step_by_step(
    task: Spots, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PleuraError) as by_step:
        train(task)
    monkeypatch.setattr(ahead, "runs_ahead", lambda device: True)
    monkeypatch.setattr(steps, "LOOK_SECONDS", 1e9)
    with pytest.raises(PleuraError) as later:
        train(task)
    assert str(later.value) == str(by_step.value)


def test_one_process_looks_when_its_time_is_over(
    running_ahead: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []
    figures = StepFigures(
        Fabric(accelerator="cpu", devices=1),
        refuse=lambda what, value, number: PleuraError(what),
        show=lambda done, loss: shown.append(done),
    )
    for late in (False, False, True):
        figures.add_loss(torch.tensor(1.0))
        figures.add_norm(torch.tensor(1.0))
        monkeypatch.setattr(steps, "LOOK_SECONDS", -1.0 if late else 1e9)
        figures.stepped()
    figures.look()
    assert shown == [3] and figures.losses == [1.0] * 3


def test_several_processes_agree_once_a_look(running_ahead: None) -> None:
    class Two:
        """Of two processes this one; the losses of the other are 2 greater."""

        device, world_size, reductions = torch.device("cpu"), 2, 0

        def all_reduce(self, losses: torch.Tensor, reduce_op: str) -> torch.Tensor:
            assert reduce_op == "mean"
            self.reductions += 1
            return losses + 1

    fabric = Two()
    figures = StepFigures(
        cast(Fabric, fabric), refuse=lambda *_: PleuraError(""), show=lambda done, loss: None
    )
    for loss in (1.0, 2.0, 3.0):
        figures.add_loss(torch.tensor(loss))
        figures.add_norm(torch.tensor(1.0))
        figures.stepped()
    figures.look()
    assert figures.losses == [2.0, 3.0, 4.0] and fabric.reductions == 1

"""Averaged weights are the mean that they should be, and are what is judged, kept and resumed."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pleura._fabric import Fabric
from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.train import loop
from pleura.train.averaging import AveragedWeights
from pleura.train.history import FitResult
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase
from pleura.train.selection import Keep
from pleura.train.task import Batch
from pleura.transfer.strategy import all_parts

from .fixtures import Spots, small_classifier
from .waits import waits

NET = "test_efficientnet"  # of timm, with BatchNorm and few layers
SETTINGS = FitSettings(epochs=4, min_steps=1, batch_size=8, patience=1.0, ema=0.8)


def phases(model: Classifier) -> tuple[Phase, ...]:
    """A head first, then everything: each phase has an average of its own."""
    head = Phase("head", frozenset({CLASSIFIER}), batchnorm_adapts=False)
    return head, Phase("all", all_parts(model))


def train(model: Classifier, task: Spots, **options: Any) -> FitResult:
    fabric = Fabric(accelerator="cpu", devices=1)
    return fit(model, task, phases(model), SETTINGS, rate=3e-3, seed=1, fabric=fabric, **options)


def moved(parameters: list[nn.Parameter], step: int) -> None:
    with torch.no_grad():
        for number, parameter in enumerate(parameters):
            wave = torch.sin(torch.arange(parameter.numel()) * (step + 1.3) + number)
            parameter.copy_(wave.view_as(parameter))


def test_it_is_the_mean_of_the_first_steps_and_knows_nothing_of_the_start() -> None:
    parameters = [nn.Parameter(torch.full((3,), 100.0)), nn.Parameter(torch.full((2,), 100.0))]
    average = AveragedWeights(parameters, decay=0.9)
    seen = []
    for step in range(5):
        moved(parameters, step)
        average.update()
        seen.append([parameter.detach().clone() for parameter in parameters])
    for number, value in enumerate(average.values):
        torch.testing.assert_close(value, torch.stack([each[number] for each in seen]).mean(0))


def test_after_its_first_steps_it_is_what_torch_averages() -> None:
    network = nn.Linear(3, 2)
    parameters = list(network.parameters())
    average = AveragedWeights(parameters, decay=0.5)
    rule = get_ema_multi_avg_fn(0.5)  # type: ignore[no-untyped-call]
    reference = AveragedModel(network, multi_avg_fn=rule)
    for step in range(6):  # of which the first is copied and the second counts half in both
        moved(parameters, step)
        average.update()
        reference.update_parameters(network)
    for mine, theirs in zip(average.values, reference.module.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs.detach())


def test_no_host_waits_for_it() -> None:
    average = AveragedWeights([nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(2))], 0.9)
    with waits() as seen:
        average.update()
        average.update()
    assert seen == {}


class Watched(Spots):
    """Remembers the weights of the head at each step and at each validation, and what they were at
    its end."""

    def __init__(self) -> None:
        super().__init__()
        self.trained: list[Tensor] = []
        self.judged: list[Tensor] = []

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        self.trained.append(self.of(model))
        return super().loss(model, batch)

    def validate(self, model: nn.Module) -> dict[str, float]:
        self.judged.append(self.of(model))
        return {"loss": 0.0, "score": float(len(self.judged) == 1)}

    def of(self, model: nn.Module) -> Tensor:
        weights = dict(model.named_parameters())
        (name,) = (name for name in weights if name.endswith("head.weight"))
        return weights[name].detach().clone()


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_average_is_judged_and_kept_and_training_goes_on_as_without_it(keep: Keep) -> None:
    model, task = small_classifier(backbone=NET), Watched()
    settings = FitSettings(epochs=2, min_steps=1, batch_size=8, patience=1.0, ema=0.999)
    phase = Phase("all", all_parts(model))
    fabric = Fabric(accelerator="cpu", devices=1)
    fit(model, task, [phase], settings, rate=1e-2, seed=1, fabric=fabric, keep=keep)
    plain, undisturbed = small_classifier(backbone=NET), Watched()
    without = settings.model_copy(update={"ema": None})
    fit(plain, undisturbed, [phase], without, rate=1e-2, seed=1, fabric=fabric, keep=keep)
    for mine, theirs in zip(task.trained, undisturbed.trained, strict=True):
        assert torch.equal(mine, theirs)  # BatchNorm's statistics change no step
    # Weights are seen before each step: those after step 3 are the ones before step 4.
    torch.testing.assert_close(task.judged[0], torch.stack(task.trained[1:4]).mean(0))
    assert not torch.equal(task.judged[0], undisturbed.judged[0])
    assert torch.equal(task.of(model), task.judged[0 if keep == "best" else 1])


class KilledError(Exception):
    pass


@pytest.mark.parametrize("after", [1, 3])  # epochs, of two phases of two each
def test_stopped_and_resumed_equals_undisturbed(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    whole = small_classifier(backbone=NET)
    undisturbed = train(whole, Spots())
    seen = 0

    def stop(phase: str, step: int, steps: int, figures: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == 3 * after + 2:  # three batches an epoch
            raise KilledError

    saved = tmp_path / "checkpoint.pt"
    with pytest.raises(KilledError):
        train(small_classifier(backbone=NET), Spots(), saved=saved, watch=stop)
    resumed = small_classifier(backbone=NET)
    result = train(resumed, Spots(), saved=saved)
    assert result.history == undisturbed.history
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_nothing_is_said_of_it_where_it_is_off() -> None:
    assert "ema" not in FitSettings().as_spec()
    assert FitSettings(ema=0.9).as_spec() == {**FitSettings().as_spec(), "ema": 0.9}
    assert FitSettings.model_validate(FitSettings(ema=0.9).as_spec()).ema == 0.9


def test_an_average_without_statistics_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="ema: the averaged weights would be judged"):
        FitSettings(ema=0.9, batchnorm_images=0)

"""The loop learns, stops early, resumes exactly, and says what went wrong."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from pleura._fabric import Fabric
from pleura.errors import InputError, PleuraError
from pleura.models.classifier import CLASSIFIER, Classifier
from pleura.train import checkpoint, loop
from pleura.train.history import FitResult
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import Phase
from pleura.train.settings import epochs_by_phase, epochs_of
from pleura.train.task import Batch
from pleura.transfer.strategy import all_parts

from .fixtures import Spots, small_classifier

NET = "test_efficientnet"  # of timm, with BatchNorm and few layers
SETTINGS = FitSettings(epochs=6, min_steps=1, batch_size=8, patience=1.0)


def phases(model: Classifier) -> tuple[Phase, ...]:
    """A head first, then everything: two fits, so that a resumed one must find its phase."""
    head = Phase("head", frozenset({CLASSIFIER}), batchnorm_adapts=False)
    return head, Phase("all", all_parts(model))


def train(model: Classifier, task: Spots, **options: Any) -> FitResult:
    settings = options.pop("settings", SETTINGS)
    fabric = Fabric(accelerator="cpu", devices=1)
    return fit(model, task, phases(model), settings, rate=3e-3, seed=1, fabric=fabric, **options)


def test_it_learns() -> None:
    model, task = small_classifier(backbone="squeezenet1_0"), Spots()
    before = task.validate(model.eval())["loss"]
    result = train(model, task, settings=FitSettings(epochs=12, min_steps=1, batch_size=8))
    assert task.validate(model)["loss"] < 0.6 * before
    assert [record["phase"] for record in result.history][:2] == ["head", "head"]


class KilledError(Exception):
    pass


@pytest.mark.parametrize("after", [1, 2, 4])
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
        # Three batches an epoch: in the middle of the epoch after `after` whole ones.
        if seen == 3 * after + 2:
            raise KilledError

    saved = tmp_path / "checkpoint.pt"
    with pytest.raises(KilledError):
        train(small_classifier(backbone=NET), Spots(), saved=saved, watch=stop)
    resumed = small_classifier(backbone=NET)
    result = train(resumed, Spots(), saved=saved)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    assert result.history == undisturbed.history


@pytest.mark.parametrize("after", [1, 3, 5])  # of two phases with three epochs each
def test_what_stops_after_some_epochs_goes_on_as_if_it_had_not(after: int, tmp_path: Path) -> None:
    whole = small_classifier(backbone=NET)
    undisturbed = train(whole, Spots())
    saved = tmp_path / "checkpoint.pt"
    begun = train(small_classifier(backbone=NET), Spots(), saved=saved, until=after)
    assert begun.history == undisturbed.history[:after]
    # As where a step was killed between its last epoch and its record.
    again = train(small_classifier(backbone=NET), Spots(), saved=saved, until=after)
    assert again.history == begun.history
    resumed = small_classifier(backbone=NET)
    result = train(resumed, Spots(), saved=saved)
    assert result.history == undisturbed.history
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_the_weights_kept_are_the_best_on_validation() -> None:
    whole = small_classifier(backbone=NET)
    kept: dict[str, torch.Tensor] = {}

    class Scripted(Spots):
        scores = iter([0.1, 0.9, 0.2, 0.3, 0.4, 0.5])

        def validate(self, model: torch.nn.Module) -> dict[str, float]:
            score = next(self.scores)
            if score == 0.9:
                kept.update({name: v.clone() for name, v in whole.state_dict().items()})
            return {"loss": 0.0, "score": score}

    task = Scripted()
    fabric = Fabric(accelerator="cpu", devices=1)
    phase = (Phase("all", all_parts(whole)),)
    fit(whole, task, phase, SETTINGS, rate=1e-3, seed=1, fabric=fabric)
    assert all(torch.equal(value, whole.state_dict()[name]) for name, value in kept.items())
    assert kept


def test_it_stops_early_without_a_gain() -> None:
    class Constant(Spots):
        def validate(self, model: torch.nn.Module) -> dict[str, float]:
            return {"loss": 1.0, "score": 0.5}

    model, task = small_classifier(backbone=NET), Constant()
    settings = FitSettings(epochs=20, min_steps=1, batch_size=8, patience=0.2)
    fabric = Fabric(accelerator="cpu", devices=1)
    phase = (Phase("all", all_parts(model)),)
    result = fit(model, task, phase, settings, rate=1e-3, seed=1, fabric=fabric)
    assert result.epochs == 5
    assert result.converged


def test_a_loss_that_is_not_finite_names_the_batch() -> None:
    with pytest.raises(PleuraError, match=r"batch \d.*image 5.*learning rate"):
        train(small_classifier(backbone=NET), Spots(poisoned=5))


def test_small_data_gets_more_epochs() -> None:
    settings = FitSettings(epochs=3, min_steps=100, batch_size=10)
    assert epochs_of(settings, 50) == 20
    assert epochs_of(settings, 5000) == 3


def test_converged_means_no_late_gain() -> None:
    def result(scores: list[float]) -> FitResult:
        return FitResult(history=[{"score": score} for score in scores])

    assert result([0.5, 0.8, 0.9, 0.902, 0.9, 0.9, 0.9, 0.9]).converged
    assert not result([0.5, 0.6, 0.7, 0.8, 0.82, 0.84, 0.86, 0.88]).converged
    assert not result([0.9]).converged


def test_a_gradient_that_is_not_finite_names_the_batch() -> None:
    class Cliff(Spots):
        def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
            # The square root has an infinite slope at zero, where its value is fine.
            outputs = model(self.images[batch.positions])
            slope: torch.Tensor = (outputs - outputs.detach()).abs().sqrt().sum()
            return slope

    with pytest.raises(PleuraError, match=r"gradient became .*batch 0.*image"):
        train(small_classifier(backbone=NET), Cliff())


def test_the_score_told_is_that_of_the_weights_kept_from_the_last_phase() -> None:
    history = [{"phase": phase, "score": score} for phase, score in (("a", 0.9), ("b", 0.7))]
    assert FitResult(history=history).summary()["score"] == 0.7


@pytest.mark.parametrize(
    ("shares", "epochs", "expected"),
    [((1, 1, 1), 7, [3, 2, 2]), ((3, 1), 6, [5, 1]), ((1,) * 10, 6, [1] * 10), ((2,), 8, [8])],
)
def test_epochs_are_divided_by_share(
    shares: tuple[float, ...], epochs: int, expected: list[int]
) -> None:
    phases = [Phase(name=str(i), trains=frozenset(), share=s) for i, s in enumerate(shares)]
    assert epochs_by_phase(phases, epochs) == expected


class Unscored(Spots):
    """A loss alone, which gets worse from epoch to epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.losses = iter(range(1, 20))
        self.batches: list[Batch] = []

    def loss(self, model: torch.nn.Module, batch: Batch) -> torch.Tensor:
        self.batches.append(batch)
        return super().loss(model, batch)

    def validate(self, model: torch.nn.Module) -> dict[str, float]:
        return {"loss": float(next(self.losses)), "rank": 3.0}


def test_the_last_weights_are_kept_where_nothing_is_to_be_chosen(tmp_path: Path) -> None:
    model, task, saved = small_classifier(backbone=NET), Unscored(), tmp_path / "checkpoint.pt"
    shown: list[dict[str, float]] = []
    result = fit(
        model,
        task,
        (Phase("all", all_parts(model)),),
        FitSettings(epochs=4, min_steps=1, batch_size=8, patience=0.1),
        rate=1e-3,
        seed=1,
        fabric=Fabric(accelerator="cpu", devices=1),
        keep="last",
        saved=saved,
        watch=lambda phase, step, steps, figures: shown.append(figures),
    )
    assert result.epochs == 4
    assert set(result.summary()) == {"seconds", "epochs", "history"}
    assert shown[3].keys() == {"loss", "validation", "rank"}
    assert shown[3]["validation"] == 1.0
    # Saved at the end of every epoch, however short it was.
    state = checkpoint.load(saved)
    assert state is not None
    assert state["epoch"] == 3
    assert all(torch.equal(v, model.state_dict()[name]) for name, v in state["model"].items())
    assert [round(12 * batch.progress) for batch in task.batches] == list(range(12))
    # Each batch tells of all its images, each epoch of every image once.
    assert [batch.size for batch in task.batches] == [8] * 12
    for epoch in range(4):
        seen = np.concatenate([b.positions for b in task.batches[3 * epoch : 3 * epoch + 3]])
        assert sorted(seen) == list(range(24))


def test_batches_too_small_to_be_shared_are_told() -> None:
    model, task = small_classifier(backbone=NET), Spots()
    several: Any = SimpleNamespace(world_size=5, is_global_zero=True, broadcast=lambda state: state)
    with pytest.raises(InputError, match=r"batch_size: batches of 8 images .* 5 processes"):
        fit(model, task, phases(model), SETTINGS, rate=1e-3, seed=1, fabric=several)


def test_processes_share_what_is_drawn_for_the_whole_batch() -> None:
    whole, device = torch.arange(7), torch.device("cpu")
    shares = [Batch(np.arange(7), 1, augmented=True, rank=rank, world=3) for rank in range(3)]
    assert [share.mine(whole).tolist() for share in shares] == [[0, 3, 6], [1, 4], [2, 5]]
    drawn = [torch.rand(4, generator=share.generator("view", device)) for share in shares]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], torch.rand(4, generator=shares[0].generator("mask", device)))


@pytest.mark.parametrize(
    ("images", "batch", "expected"),
    [(13, 2, [3, 2, 2, 2, 2, 2]), (13, 8, [7, 6]), (3, 2, [3]), (4, 3, [2, 2]), (1, 2, [1])],
)
def test_no_batch_has_a_single_image(images: int, batch: int, expected: list[int]) -> None:
    batches = FitSettings(batch_size=batch).batches(images)
    assert [len(part) for part in np.array_split(np.arange(images), batches)] == expected


def test_batches_are_of_the_size_that_is_asked_but_for_an_odd_image() -> None:
    for batch in range(2, 9):
        for images in range(2, 60):
            batches = FitSettings(batch_size=batch).batches(images)
            sizes = [len(part) for part in np.array_split(np.arange(images), batches)]
            assert min(sizes) >= 2
            assert max(sizes) <= batch + (batch == 2 and images % 2)


def test_an_odd_image_trains_a_network_that_ends_in_one_position() -> None:
    """At 32 pixels the last map is 1 x 1: a batch of one image would leave BatchNorm one value."""
    settings = FitSettings(epochs=1, min_steps=1, batch_size=2)
    assert train(small_classifier(backbone=NET), Spots(13), settings=settings).epochs == 2


def test_a_single_training_image_is_told() -> None:
    with pytest.raises(InputError, match="one training image: BatchNorm compares images"):
        train_all(small_classifier(backbone=NET), Spots(1))
    # Frozen statistics compare nothing.
    train_all(small_classifier(backbone=NET), Spots(1), batchnorm_adapts=False)


def train_all(model: Classifier, task: Spots, **options: Any) -> FitResult:
    phase = Phase("all", all_parts(model), **options)
    settings = FitSettings(epochs=1, min_steps=1)
    fabric = Fabric(accelerator="cpu", devices=1)
    return fit(model, task, (phase,), settings, rate=1e-3, seed=1, fabric=fabric)

"""L2-SP draws the backbone back to its start, and the head to zero."""

import torch

from pleura._fabric import Fabric
from pleura.models.classifier import Classifier
from pleura.train.loop import FitSettings, fit
from pleura.train.phase import parameter_groups
from pleura.transfer.l2_sp import L2SP
from pleura.transfer.strategy import all_parts
from tests.train.fixtures import Spots, small_classifier

from .contract import StrategyContract, tensors_of


class TestL2SP(StrategyContract):
    strategy = "l2_sp"

    def may_change(self, model: Classifier) -> list[set[str]]:
        return [tensors_of(model, all_parts(model))]


def test_the_penalty_is_that_of_the_paper() -> None:
    model = small_classifier(backbone="squeezenet1_0")
    penalty = L2SP(alpha=0.4, beta=0.2).penalty(model)
    head = sum(p.square().sum() for p in model.head.parameters())
    torch.testing.assert_close(penalty(), 0.1 * head)
    count = sum(p.numel() for p in model.backbone.parameters())
    with torch.no_grad():
        for parameter in model.backbone.parameters():
            parameter.add_(0.01)
    torch.testing.assert_close(penalty(), 0.1 * head + 0.2 * count * 0.01**2)


def test_its_gradient_points_away_from_the_start() -> None:
    model = small_classifier(backbone="squeezenet1_0")
    penalty = L2SP(alpha=0.4).penalty(model)
    (module,) = model.backbone.modules_of("stem")
    weight = next(module.parameters())
    with torch.no_grad():
        weight.add_(0.5)
    (gradient,) = torch.autograd.grad(penalty(), weight)
    torch.testing.assert_close(gradient, torch.full_like(weight, 0.4 * 0.5))


def test_it_takes_the_place_of_weight_decay() -> None:
    model = small_classifier(backbone="squeezenet1_0")
    (phase,) = L2SP().phases(model)
    groups = parameter_groups(model, phase, 1e-3, weight_decay=0.3)
    assert all(group["weight_decay"] == 0 for group in groups)


def test_a_stronger_penalty_keeps_weights_nearer_to_their_start() -> None:
    moved = []
    for alpha in (0.0, 10.0):
        model = small_classifier(backbone="squeezenet1_0")
        start = torch.cat([p.detach().flatten() for p in model.backbone.parameters()])
        strategy = L2SP(alpha=alpha)
        fit(
            model,
            Spots(),
            strategy.phases(model),
            FitSettings(epochs=6, min_steps=1, batch_size=8, patience=1.0),
            rate=1e-3,
            seed=0,
            fabric=Fabric(accelerator="cpu", devices=1),
            penalty=strategy.penalty(model),
        )
        end = torch.cat([p.detach().flatten() for p in model.backbone.parameters()])
        moved.append((end - start).norm())
    assert moved[1] < 0.5 * moved[0]

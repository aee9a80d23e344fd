"""What is frozen is frozen, BatchNorm and dropout too."""

import torch

from pleura.train.phase import HEAD, Phase, freeze, modules_by_cut, parameter_groups, set_mode

from .fixtures import small_classifier


def test_a_frozen_part_is_in_evaluation_mode() -> None:
    model = small_classifier()
    last = model.backbone.cuts[-1].name
    phase = Phase("tail", frozenset({last, HEAD}))
    freeze(model, phase)
    set_mode(model, phase)
    for cut, module in modules_by_cut(model):
        trains = cut in (last, HEAD)
        assert all(part.training == trains for part in module.modules())
        assert all(parameter.requires_grad == trains for parameter in module.parameters())
    assert model.dropout.training


def test_batchnorm_can_be_held_while_the_rest_trains() -> None:
    model = small_classifier()
    parts = frozenset({*(cut.name for cut in model.backbone.cuts), HEAD})
    set_mode(model, Phase("all", parts, batchnorm_adapts=False))
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training for norm in norms)
    assert model.head.training


def test_rates_are_scaled_by_cut_and_vectors_do_not_decay() -> None:
    model = small_classifier()
    first = model.backbone.cuts[0].name
    phase = Phase("two", frozenset({first, HEAD}), rates={first: 0.1})
    groups = parameter_groups(model, phase, rate=1e-2, weight_decay=0.3)
    rate_of = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert rate_of[id(model.head.weight)] == 1e-2
    (module,) = model.backbone.modules_of(first)
    assert all(abs(rate_of[id(p)] - 1e-3) < 1e-12 for p in module.parameters())
    for group in groups:
        for parameter in group["params"]:
            assert group["weight_decay"] == (0.3 if parameter.ndim > 1 else 0.0)

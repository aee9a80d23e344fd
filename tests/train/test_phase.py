"""What is frozen is frozen, BatchNorm and dropout too."""

import torch

from pleura.models.classifier import HEAD
from pleura.models.lora import adapt, adapters
from pleura.train.phase import Phase, count_trained, freeze, parameter_groups, set_mode

from .fixtures import small_classifier


def test_a_frozen_part_is_in_evaluation_mode() -> None:
    model = small_classifier()
    last = model.backbone.cuts[-1].name
    phase = Phase("tail", frozenset({last, HEAD}))
    freeze(model, phase)
    set_mode(model, phase)
    for cut, module in model.parts():
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


def test_of_an_adapted_cut_only_the_changes_train() -> None:
    model = small_classifier()
    adapt(model.backbone, rank=2, alpha=2.0)
    last = model.backbone.cuts[-1].name
    (module,) = model.backbone.modules_of(last)
    freeze(model, Phase("tail", frozenset({last, HEAD}), adapters=True))
    trained = {id(p) for p in model.parameters() if p.requires_grad}
    assert trained == {id(p) for p in (*adapters(module), *model.head.parameters())}


def test_what_trains_in_several_phases_is_counted_once() -> None:
    model = small_classifier()
    last = model.backbone.cuts[-1].name
    phases = [Phase("head", frozenset({HEAD})), Phase("tail", frozenset({last, HEAD}))]
    expected = [
        sum(parameter.numel() for module in modules for parameter in module.parameters())
        for modules in ([model.head], [model.head, *model.backbone.modules_of(last)])
    ]
    assert count_trained(model, phases[:1]) == expected[0]
    assert count_trained(model, phases) == expected[1]

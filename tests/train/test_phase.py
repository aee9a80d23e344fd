"""What is frozen is frozen, BatchNorm and dropout too."""

import pytest
import torch

from pleura.models.classifier import CLASSIFIER
from pleura.train.phase import (
    Phase,
    count_trained,
    freeze,
    parameter_groups,
    set_mode,
    trains_norms,
)

from .fixtures import small_classifier


def test_a_frozen_part_is_in_evaluation_mode() -> None:
    model = small_classifier()
    last = model.backbone.cuts[-1].name
    phase = Phase("tail", frozenset({last, CLASSIFIER}))
    freeze(model, phase)
    set_mode(model, phase)
    for cut, module in model.parts():
        trains = cut in (last, CLASSIFIER)
        assert all(part.training == trains for part in module.modules())
        assert all(parameter.requires_grad == trains for parameter in module.parameters())
    assert model.dropout.training


def test_batchnorm_can_be_held_while_the_rest_trains() -> None:
    model = small_classifier()
    parts = frozenset({*(cut.name for cut in model.backbone.cuts), CLASSIFIER})
    set_mode(model, Phase("all", parts, batchnorm_adapts=False))
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training for norm in norms)
    assert model.head.training


def test_rates_are_scaled_by_cut_and_vectors_do_not_decay() -> None:
    model = small_classifier()
    first = model.backbone.cuts[0].name
    phase = Phase("two", frozenset({first, CLASSIFIER}), rates={first: 0.1})
    groups = parameter_groups(model, phase, rate=1e-2, weight_decay=0.3)
    rate_of = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert rate_of[id(model.head.weight)] == 1e-2
    (module,) = model.backbone.modules_of(first)
    assert all(abs(rate_of[id(p)] - 1e-3) < 1e-12 for p in module.parameters())
    for group in groups:
        for parameter in group["params"]:
            assert group["weight_decay"] == (0.3 if parameter.ndim > 1 else 0.0)


def test_of_a_part_that_trains_only_what_is_chosen_does() -> None:
    model = small_classifier()
    last = model.backbone.cuts[-1].name
    asked: dict[str, tuple[str, torch.nn.Parameter]] = {}

    def only(part: str, name: str, parameter: torch.nn.Parameter) -> bool:
        asked[name] = part, parameter
        return part == CLASSIFIER or parameter.ndim == 4

    freeze(model, Phase("tail", frozenset({last, CLASSIFIER}), only=only))
    (module,) = model.backbone.modules_of(last)
    trained = {id(p) for p in model.parameters() if p.requires_grad}
    chosen = [p for p in module.parameters() if p.ndim == 4]
    assert trained == {id(p) for p in (*chosen, *model.head.parameters())}
    # Asked of each parameter of the two parts, by its name in the whole network.
    named = dict(model.named_parameters())
    assert all(named[name] is parameter for name, (_, parameter) in asked.items())
    parts = {name: part for name, (part, _) in asked.items()}
    assert parts.pop("head.weight") == parts.pop("head.bias") == CLASSIFIER
    assert set(parts.values()) == {last}
    assert len(parts) == len(list(module.parameters()))


@pytest.mark.parametrize("adapts", [True, False])
def test_a_batchnorm_adapts_where_its_own_parameters_train(adapts: bool) -> None:
    model = small_classifier()
    parts = frozenset({*(cut.name for cut in model.backbone.cuts), CLASSIFIER})
    norms = {n: m for n, m in model.named_modules() if isinstance(m, torch.nn.BatchNorm2d)}
    trains, *_ = norms
    bare = norms[list(norms)[-1]]
    del bare.weight, bare.bias  # without parameters it goes with its part

    def only(part: str, name: str, parameter: torch.nn.Parameter) -> bool:
        return name == f"{trains}.bias"

    phase = Phase("one norm", parts, only=only, batchnorm_adapts=adapts)
    set_mode(model, phase)
    adapting = {name for name, norm in norms.items() if norm.training}
    assert adapting == ({trains, list(norms)[-1]} if adapts else set())
    assert trains_norms(model, phase) == adapts
    assert model.dropout.training


def test_what_trains_in_several_phases_is_counted_once() -> None:
    model = small_classifier()
    last = model.backbone.cuts[-1].name
    phases = [Phase("head", frozenset({CLASSIFIER})), Phase("tail", frozenset({last, CLASSIFIER}))]
    expected = [
        sum(parameter.numel() for module in modules for parameter in module.parameters())
        for modules in ([model.head], [model.head, *model.backbone.modules_of(last)])
    ]
    assert count_trained(model, phases[:1]) == expected[0]
    assert count_trained(model, phases) == expected[1]

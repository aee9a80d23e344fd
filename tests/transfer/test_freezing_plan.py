"""Frozen means frozen, in every plan and on every kind of U-Net."""

import functools
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pleura.errors import InputError
from pleura.models.classifier import CLASSIFIER
from pleura.models.reverse import HEADS, ReverseClassifier
from pleura.models.unet import OUTPUT, UNet
from pleura.models.unet_nets import build_unet
from pleura.train.phase import Phase, every_parameter, freeze, parameter_groups, set_mode
from pleura.transfer.freezing_plan import PLANS, FreezingPlan, describe_plans, make_freezing_plan

SPECS: dict[str, Any] = {
    "v_unet": "v_unet",
    "x_unet": {"x_unet": {"width": 4}},
    "resnet18": {"unet": {"backbone": "resnet18"}},
    "mobilenet": {"unet": {"backbone": "mobilenet_v2_035"}},
    "vit": {"unet": {"backbone": "vit_tiny_patch16_224"}},
    "truncated": {"unet": {"backbone": "resnet18", "at": "layer3.0"}},
}
SIZES = {"v_unet": 16}  # pixels that suffice; 32 by default
PLAN_SPECS: tuple[Any, ...] = (
    *("none", "encoder", "bottleneck", {"first": 2}, {"last": 2}, "gradual", "encoder_then_all"),
)


@functools.lru_cache(maxsize=1)
def unet(name: str) -> UNet:
    """One for all plans: each test compares it with what it was before."""
    return build_unet(SPECS[name], "random", 2, seed=0).network


def state_of(network: UNet | ReverseClassifier) -> dict[str, list[Tensor]]:
    state: dict[str, list[Tensor]] = {}
    for part, module in network.parts():
        tensors = (*module.parameters(), *module.buffers())
        state.setdefault(part, []).extend(tensor.detach() for tensor in tensors)
    return state


def changed_by(network: UNet | ReverseClassifier, phase: Phase, size: int = 32) -> set[str]:
    """The parts that one step of training changes, parameter or buffer."""
    freeze(network, phase)
    set_mode(network, phase)
    optimiser = torch.optim.SGD(parameter_groups(network, phase, 0.1, 0.0))
    generator = torch.Generator().manual_seed(3)
    x = torch.rand(2, 1, size, size, generator=generator)
    before = {
        part: [tensor.clone() for tensor in tensors] for part, tensors in state_of(network).items()
    }
    logits = network(x)
    targets = torch.randint(0, 2, (2, *logits.shape[2:]), generator=generator)
    torch.autograd.backward(functional.cross_entropy(logits, targets))
    optimiser.step()
    after = state_of(network)
    return {
        part for part, tensors in before.items() if not all(map(torch.equal, tensors, after[part]))
    }


@pytest.mark.parametrize("name", SPECS)
def test_what_trains_changes_and_nothing_else(name: str) -> None:
    """In the first phase, one in the middle and the last one of each plan; phases in which the same
    parts train are one."""
    network, different = unet(name), dict[frozenset[str], Phase]()
    for plan in PLAN_SPECS:
        phases = make_freezing_plan(plan).phases(network)
        some = (phases[0], phases[len(phases) // 2], phases[-1])
        different |= {frozenset(phase.trains): phase for phase in some}
    assert len(different) >= len(PLAN_SPECS) - 1
    # A ViT's class token is used in no map, but its part has weights that are.
    for phase in different.values():
        assert phase.only is every_parameter
        assert changed_by(network, phase, SIZES.get(name, 32)) == phase.trains


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("plan", ["none", "encoder", {"last": 1}], ids=str)
def test_a_classifier_made_of_one_keeps_to_it_too(head: str, plan: Any) -> None:
    network = ReverseClassifier(unet("x_unet"), head, 2, seed=0)
    (phase,) = make_freezing_plan(plan).phases(network)
    assert CLASSIFIER in phase.trains
    assert changed_by(network, phase) == phase.trains


def frozen(plan: Any, network: UNet | ReverseClassifier) -> list[set[str]]:
    parts = {part for block in network.blocks() for part in block}
    return [parts - phase.trains for phase in make_freezing_plan(plan).phases(network)]


def test_plans_freeze_what_they_say() -> None:
    network = unet("truncated")
    first, second = {"stem"}, {"stem", "layer1.0", "layer1"}
    encoder = {*second, "layer2.0", "layer2", "layer3.0"}
    assert frozen("none", network) == [set()]
    assert frozen("encoder", network) == [encoder]
    assert frozen("bottleneck", network) == [{"layer3.0"}]
    assert frozen({"first": 1}, network) == [first]
    assert frozen({"first": 2}, network) == [second]
    assert frozen({"last": 2}, network) == [{"decoder3", "decoder4"}]
    assert frozen("encoder_then_all", network) == [encoder, set()]
    gradual = frozen("gradual", network)
    assert gradual[0] == {*encoder, "decoder1", "decoder2", "decoder3", "decoder4"}
    assert gradual[-2:] == [first, set()]
    assert [len(held) for held in gradual] == [10, 9, 8, 7, 6, 5, 3, 1, 0]


def test_the_second_phase_has_half_the_rate() -> None:
    network = unet("truncated")
    phases = make_freezing_plan("encoder_then_all").phases(network)
    rates = [
        {group["lr"] for group in parameter_groups(network, phase, 1e-5, 0.0)} for phase in phases
    ]
    assert rates == [{1e-5}, {5e-6}]
    assert phases[0].share == phases[1].share


def test_a_linear_probe_is_all_blocks_of_a_classifier() -> None:
    network = ReverseClassifier(unet("x_unet"), "bottleneck", 2, seed=0)
    (phase,) = make_freezing_plan({"first": 5}).phases(network)
    assert phase.trains == {CLASSIFIER}
    with pytest.raises(InputError, match=r"6 blocks .* at most 5(.|\n)*level1, level2"):
        make_freezing_plan({"first": 6}).phases(network)


def test_the_output_always_trains() -> None:
    network = unet("x_unet")
    for plan in (*PLAN_SPECS, {"first": 9}, {"last": 9}):
        assert all(OUTPUT in phase.trains for phase in make_freezing_plan(plan).phases(network))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("encoders", "did you mean 'encoder'"),
        ("first", "first takes a number"),
        ({"last": 0}, "last takes a number"),
        ({"first": True}, "first takes a number"),
        ({"encoder": 3}, "encoder takes no number"),
        ({"first": 1, "last": 1}, "one plan"),
    ],
)
def test_what_does_not_fit_is_told(spec: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_freezing_plan(spec)


def test_plans_by_name() -> None:
    assert make_freezing_plan("none") == FreezingPlan("none")
    assert make_freezing_plan({"first": 2}) == FreezingPlan("first", 2)
    assert all(f"\n{name}: " in f"\n{describe_plans()}" for name in PLANS)

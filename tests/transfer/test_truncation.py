"""A truncated network is the full one up to its cut, pooled, with a head of its own."""

from typing import Any, ClassVar

import pytest
import torch

from pleura.errors import InputError
from pleura.models.classifier import Classifier
from pleura.transfer.listed import make_strategy
from pleura.transfer.strategy import all_parts
from pleura.transfer.truncation import is_search
from tests.train.fixtures import Spots

from .contract import StrategyContract, build, tensors_of


class TestTruncation(StrategyContract):
    strategy: ClassVar[Any] = {"truncation": {"at": "middle"}}

    def may_change(self, model: Classifier) -> list[set[str]]:
        return [tensors_of(model, all_parts(model))]


@pytest.mark.parametrize("at", ["fire6", 2, "fire9"])
@torch.no_grad()
def test_its_features_are_those_of_the_full_network_there(at: str | int) -> None:
    full = build("fine_tuning", "squeezenet1_0").classifier.eval()
    cut_off = build({"truncation": {"at": at}}, "squeezenet1_0").classifier.eval()
    images = Spots().images
    last = "fire4" if at == 2 else str(at)
    assert cut_off.backbone.cuts[-1].name == last
    maps = full.backbone.forward_cuts((images - full.mean) / full.std, [last])[last]
    assert torch.equal(cut_off.features(images), maps.mean(dim=(2, 3)))
    # At the last cut nothing is dropped, and truncation is fine-tuning, head and all.
    assert torch.equal(cut_off(images), full(images)) == (last == "fire9")


def test_the_head_follows_from_the_seed_and_the_random_state_stays() -> None:
    before = torch.random.get_rng_state()
    first, again, other = (
        build({"truncation": {"at": 1}}, "squeezenet1_0", seed).classifier.head
        for seed in (0, 0, 1)
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    weights = [next(head.parameters()) for head in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_auto_is_for_the_planner() -> None:
    with pytest.raises(InputError, match="search over depths"):
        build({"truncation": {"at": "auto", "among": "cuts", "best": 3}}, "squeezenet1_0")


def test_what_goes_with_halving_is_refused_with_probes() -> None:
    with pytest.raises(InputError, match="near: goes with `by: halving` only"):
        make_strategy({"truncation": {"at": "auto", "near": 1}})


@pytest.mark.parametrize("option", [{"by": "halving"}, {"best": 2}, {"among": "cuts"}])
def test_what_goes_with_a_search_is_refused_where_there_is_none(option: dict[str, Any]) -> None:
    (name,) = option
    with pytest.raises(InputError, match=f"{name}: goes with `at: auto` only"):
        make_strategy({"truncation": {"at": "middle", **option}})


def test_halving_ends_one_training_and_probes_two() -> None:
    given: tuple[dict[str, Any], ...] = ({}, {"by": "halving"}, {"by": "halving", "best": 3})
    searches = [make_strategy({"truncation": {"at": "auto", **options}}) for options in given]
    assert [search.ending for search in searches if is_search(search)] == [2, 1, 3]


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("fire99", "no cut 'fire99'\n.*stem, fire2"),
        (5, "at most 4 .*\n.*stem, fire4, fire8, fire9"),
        (0, "at"),
        (True, "at"),
    ],
)
def test_a_place_that_is_not_there_is_refused(at: str | int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build({"truncation": {"at": at}}, "squeezenet1_0")

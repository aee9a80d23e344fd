import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pleura.tasks.selfsup.methods.moco import MoCo
from tests.tasks.selfsup.contract import MethodContract, batch_of, built, chests


class TestMoCo(MethodContract):
    # Of 32 images the queue holds half, so that the other half has no key of its own in it.
    spec = {"moco": {"queue": 16}}  # noqa: RUF012
    couples = True
    falls = 0.05


def test_the_queue_wraps_and_holds_the_latest_keys() -> None:
    network = built({"moco": {"queue": 20}})
    state = network.state_dict()
    bank, place = state["own.loss.memory_bank.bank"], state["own.loss.memory_bank.bank_ptr"]
    assert bank.shape == (20, 128)
    keys: list[Tensor] = []
    teacher = network.own["teacher"]
    teacher.register_forward_hook(lambda _module, _given, given_back: keys.extend(given_back))
    for step, reached in enumerate((8, 16, 0, 8)):
        before = bank.clone()
        network(chests(8, seed=step), batch_of(8, step))
        start = 8 * step if step < 3 else 0
        stop = min(20, start + 8)
        key = functional.normalize(keys[step])
        torch.testing.assert_close(bank[start:stop], key[: stop - start])
        untouched = [i for i in range(20) if not start <= i < stop]
        assert torch.equal(bank[untouched], before[untouched])
        assert place.item() == reached


@torch.no_grad()
def test_the_loss_is_that_of_the_positive_among_the_queue() -> None:
    network = built({"moco": {"queue": 20, "temperature": 0.5}})
    network.eval()
    images, batch = chests(4), batch_of(4, 1)
    first, second = (network.view(images, batch, number) for number in (0, 1))
    embed = network.own["projection"]
    query, key = (functional.normalize(embed(network.features(view))) for view in (first, second))
    negatives = network.state_dict()["own.loss.memory_bank.bank"]
    expected = 0.0
    for q, k in zip(query, key, strict=True):
        positive = math.exp(float(q @ k) / 0.5)
        others = sum(math.exp(float(q @ n) / 0.5) for n in negatives)
        expected -= math.log(positive / (positive + others)) / 4
    assert abs(network(images, batch).item() - expected) < 1e-5


@pytest.mark.parametrize(
    ("queue", "said"),
    [
        (40, "of each of the 40 training images, from which it is to be told; set `queue` to less"),
        (15, "does not hold a batch of 16 images; set `queue` to 16 or more"),
    ],
)
def test_a_queue_of_all_images_or_of_less_than_a_batch_is_cautioned(queue: int, said: str) -> None:
    (caution,) = MoCo(queue=queue).cautions(40, 16)
    assert said in caution
    assert MoCo(queue=16).cautions(40, 16) == MoCo(queue=39).cautions(40, 16) == []

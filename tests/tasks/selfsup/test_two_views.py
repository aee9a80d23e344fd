"""What several processes compute together, against one."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, distributed

from pleura.tasks.selfsup.listed import METHODS
from pleura.tasks.selfsup.methods.two_view_method import TwoViewMethod, crosswise
from tests.tasks.selfsup.contract import batch_of, built, chests, own_state, small_backbone
from tests.tasks.selfsup.two_processes import run_in_two

JOINT = [name for name in METHODS if issubclass(METHODS[name], TwoViewMethod)]


def outcome(name: str, rank: int, world: int) -> dict[str, Tensor]:
    """The loss of a second step, and the gradients and state after it, of this rank's images."""
    network = built(name, small_backbone(norm=False))
    for step in range(2):
        batch = batch_of(8, step, progress=0.5, rank=rank, world=world)
        loss = network(batch.mine(chests(8, seed=step)), batch)
    loss.backward()
    gradients = {f"gradient of {n}": p.grad for n, p in network.named_parameters()}
    found = {n: g for n, g in gradients.items() if g is not None}
    if world > 1:
        for gradient in found.values():
            distributed.all_reduce(gradient)
            gradient /= world  # as DDP does
    return {"loss": loss.detach(), **found, **own_state(network)}


def share(rank: int, results: Path) -> None:
    distributed.init_process_group("gloo")
    torch.save({name: outcome(name, rank, 2) for name in JOINT}, results / f"{rank}.pt")
    distributed.destroy_process_group()


def test_two_processes_learn_what_one_would(tmp_path: Path) -> None:
    """Of a backbone without BatchNorm; the heads' own sees the whole batch."""
    run_in_two(share, tmp_path)
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt")
        for name in JOINT:
            expected = outcome(name, 0, 1)
            assert expected.keys() == found[name].keys()
            for key, value in expected.items():
                apart = (found[name][key].double() - value.double()).norm()
                # Some gradients are zero but for rounding, which differs between processors.
                assert apart <= 1e-4 * (1 + value.double().norm()), (name, key)


def test_each_prediction_meets_the_other_views_target() -> None:
    first, second = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])
    loss = torch.nn.L1Loss(reduction="sum")
    assert crosswise(loss, [first, second, second, first]) == 0
    assert crosswise(loss, [first, second, first, second]) == pytest.approx(3.0)


def test_the_loss_is_of_full_precision_in_bf16() -> None:
    network = built("vicreg").eval()
    batch = batch_of(8, 1)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert network(chests(8), batch).dtype == torch.float32

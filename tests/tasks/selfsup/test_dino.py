import torch

from tests.tasks.selfsup.contract import MethodContract, batch_of, built, chests


class TestDINO(MethodContract):
    spec = "dino"
    couples = True
    # A teacher that hardly moves in so few steps leaves little to gain.
    falls = 0.015


def test_the_centre_moves_by_a_tenth_towards_what_the_teacher_says() -> None:
    network = built("dino")
    said: list[torch.Tensor] = []
    teacher = network.own["teacher"]
    teacher.register_forward_hook(lambda _module, _given, given_back: said.extend(given_back))
    centre = network.state_dict()["own.loss.center"].clone()
    assert centre.shape == (1, 1, 128)
    assert centre.count_nonzero() == 0
    for step in range(2):
        network(chests(8, seed=step), batch_of(8, step))
        centre = 0.9 * centre + 0.1 * torch.stack(said[-2:]).mean(dim=(0, 1), keepdim=True)
        torch.testing.assert_close(network.state_dict()["own.loss.center"], centre)

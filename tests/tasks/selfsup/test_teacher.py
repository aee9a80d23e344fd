import pytest
import torch

from pleura.data.views import Views
from pleura.tasks.selfsup.listed import METHODS, make_method
from pleura.tasks.selfsup.teacher import momentum_at
from tests.tasks.selfsup.contract import batch_of, built, chests, own_state, small_backbone

FOLLOWED = ("backbone.", "own.projection.")


def teachers(name: str) -> str:
    """The teacher's counterpart of a student's parameter."""
    return f"own.teacher.{name.removeprefix('own.')}"


def test_momentum_goes_to_one_along_a_cosine() -> None:
    assert momentum_at(0.9, 0) == pytest.approx(0.9)
    assert momentum_at(0.9, 0.5) == pytest.approx(0.95)
    assert momentum_at(0.9, 1) == 1


@pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].followers])
def test_the_teacher_starts_as_the_student_and_moves_by_the_momentum(name: str) -> None:
    method = make_method({name: {"momentum": 0.8}})
    network = method.build(small_backbone(), Views(), size=48, images=32, seed=0)
    images = chests(8)
    before = own_state(network)
    followed = [n for n, _ in network.named_parameters() if n.startswith(FOLLOWED)]
    assert all(torch.equal(before[n], before[teachers(n)]) for n in followed)

    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.add_(1)
    network(images, batch_of(8, 1, progress=0.5))
    after = own_state(network)
    for n in followed:
        # The momentum is .9 halfway; the student is 1 away.
        torch.testing.assert_close(after[teachers(n)], before[n] + 0.1)


def test_its_batchnorm_sees_the_batch_only_where_something_is_learned() -> None:
    network = built("byol")
    teacher = network.own["teacher"]
    network(chests(8), batch_of(8, 1))
    assert all(module.training for module in teacher.modules())
    with torch.no_grad():
        network(chests(8), batch_of(8, 1))
    assert not any(module.training for module in teacher.modules())

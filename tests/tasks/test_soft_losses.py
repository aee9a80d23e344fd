"""The divergence of softened probabilities, against torch's own and by hand."""

import math

import pytest
import torch
from torch.nn import functional

from pleura.tasks.soft_losses import SoftLoss, of_classes, of_findings


@pytest.fixture
def logits() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    student, teacher = 3 * torch.randn(2, 5, 3, generator=generator)
    return student.requires_grad_(), teacher


@pytest.mark.parametrize("temperature", [1.0, 2.0, 4.0])
def test_classes_are_those_of_torch(
    temperature: float, logits: tuple[torch.Tensor, torch.Tensor]
) -> None:
    student, teacher = logits
    expected = functional.kl_div(
        functional.log_softmax(student / temperature, dim=1),
        functional.softmax(teacher / temperature, dim=1),
        reduction="batchmean",
    )
    found = of_classes(student, teacher, temperature)
    assert found.item() == pytest.approx(temperature**2 * expected.item(), rel=1e-5)


def test_a_finding_by_hand() -> None:
    """Softened at 2, a teacher at logit 2 ln 3 says .75, and a student at 0 says .5."""
    student, teacher = torch.zeros(1, 1), torch.full((1, 1), 2 * math.log(3))
    expected = 4 * (0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5))
    assert of_findings(student, teacher, 2.0).item() == pytest.approx(expected, rel=1e-5)


def test_a_finding_is_as_two_classes(logits: tuple[torch.Tensor, torch.Tensor]) -> None:
    student, teacher = (each[:, :1] for each in logits)
    one, two = (torch.cat([torch.zeros_like(each), each], dim=1) for each in (student, teacher))
    found = of_findings(student, teacher, 3.0).item()
    assert found == pytest.approx(of_classes(one, two, 3.0).item(), rel=1e-4)


@pytest.mark.parametrize("loss", [of_classes, of_findings])
def test_nothing_is_lost_by_agreement_and_gradients_keep_their_size(
    loss: SoftLoss, logits: tuple[torch.Tensor, torch.Tensor]
) -> None:
    student, teacher = logits
    assert loss(teacher, teacher, 2.0).item() == pytest.approx(0, abs=1e-6)
    sizes = []
    for temperature in (20.0, 100.0):
        (gradient,) = torch.autograd.grad(loss(student, teacher, temperature), student)
        sizes.append(gradient.norm().item())
    assert sizes[1] == pytest.approx(sizes[0], rel=0.1)


@pytest.mark.parametrize("loss", [of_classes, of_findings])
def test_certain_teachers_and_half_precision_stay_finite(loss: SoftLoss) -> None:
    student = torch.tensor([[80.0, -80.0]], dtype=torch.bfloat16)
    teacher = torch.tensor([[-1e4, 1e4]])
    assert torch.isfinite(loss(student, teacher, 1.0))

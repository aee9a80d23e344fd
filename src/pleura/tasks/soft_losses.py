"""How far a student's probabilities are from its teacher's, both softened by a temperature.

Hinton, Vinyals & Dean 2015, Distilling the knowledge in a neural network, arXiv 1503.02531: the
divergence is multiplied by the square of the temperature, so that its gradients are as large as
those of the labels whatever the temperature is.
"""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional

SoftLoss = Callable[[Tensor, Tensor, float], Tensor]
"""The mean loss of a student's logits (n, classes) beside its teacher's, at a temperature."""


def of_classes(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Kullback-Leibler divergence of the softmax of both, mean over the images, times the square of
    the temperature."""
    mine = functional.log_softmax(student.float() / temperature, dim=1)
    right = functional.log_softmax(teacher.float() / temperature, dim=1)
    divergence = (right.exp() * (right - mine)).sum(dim=1)
    return temperature**2 * divergence.mean()


def of_findings(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """The same of each finding by itself, there or not, mean over images and findings."""
    mine, right = student.float() / temperature, teacher.float() / temperature
    there, absent = functional.logsigmoid(right), functional.logsigmoid(-right)
    divergence = there.exp() * (there - functional.logsigmoid(mine))
    divergence = divergence + absent.exp() * (absent - functional.logsigmoid(-mine))
    return temperature**2 * divergence.mean()

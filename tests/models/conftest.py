"""Weights that tests of files share."""

import pytest
import torch
from torch import Tensor

import pleura._torchvision  # noqa: F401  isort: skip
from torchvision import models


@pytest.fixture(scope="session")
def state() -> dict[str, Tensor]:
    torch.manual_seed(7)
    return dict(models.squeezenet1_0().state_dict())

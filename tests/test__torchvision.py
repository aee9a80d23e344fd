"""torchvision and what imports it load, whether or not its binary operators do."""

import torch

import pleura._torchvision  # noqa: F401  isort: skip
import kornia
import timm
import torchvision


def test_operators_that_its_import_looks_up_are_there() -> None:
    assert all(package.__version__ for package in (kornia, timm, torchvision))
    assert torch.ops.torchvision.nms

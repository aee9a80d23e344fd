"""torchvision, timm and what imports them load, whether or not binary operators do."""

from importlib import import_module

import torch

import pleura._timm  # noqa: F401  isort: skip
import kornia
import timm
import torchvision


def test_operators_that_its_import_looks_up_are_there() -> None:
    assert all(package.__version__ for package in (kornia, timm, torchvision))
    assert torch.ops.torchvision.nms


def test_torchs_compiler_answers_once_it_is_asked() -> None:
    from timm.layers.typing import disable_compiler

    asked = import_module("torchvision.ops.roi_align").is_compile_supported
    assert asked("cpu") == torch._dynamo.utils.is_compile_supported("cpu")
    assert torch.compiler.disable is not disable_compiler
    assert disable_compiler(lambda text: len(text))("abc") == 3

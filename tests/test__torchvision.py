"""torchvision, timm and what imports them load, whether or not binary operators do."""

import contextlib
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
import torch

import pleura._timm  # noqa: F401  isort: skip
import kornia
import timm
import torchvision

from pleura._torchvision import import_with


def test_operators_that_its_import_looks_up_are_there() -> None:
    assert all(package.__version__ for package in (kornia, timm, torchvision))
    assert torch.ops.torchvision.nms


def test_torchs_compiler_answers_once_it_is_asked() -> None:
    from timm.layers.typing import disable_compiler

    asked = import_module("torchvision.ops.roi_align").is_compile_supported
    assert asked("cpu") == torch._dynamo.utils.is_compile_supported("cpu")
    assert torch.compiler.disable is not disable_compiler
    assert disable_compiler(lambda text: len(text))("abc") == 3


@pytest.mark.parametrize("error", [AttributeError, ImportError, TypeError])
def test_a_package_that_asks_more_is_imported_as_it_is(
    error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "asks_more").mkdir()
    (tmp_path / "asks_more" / "__init__.py").write_text("import sys; sys.modules['asked']()")
    asked = iter([error(), None])
    monkeypatch.setitem(sys.modules, "asked", cast(ModuleType, lambda: raised(next(asked))))
    monkeypatch.delitem(sys.modules, "torch._dynamo", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    import_with("asks_more", contextlib.nullcontext)
    assert not list(asked)
    assert sys.modules.pop("asks_more")


def raised(error: Exception | None) -> None:
    if error:
        raise error

"""Fabric is imported without torchmetrics, which can be imported afterwards."""

import sys
from importlib.metadata import version
from types import ModuleType

import pytest

from pleura import _fabric


def test_torchmetrics_has_its_version_meanwhile_and_is_as_before_after_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "torchmetrics", raising=False)
    with _fabric.version_alone():
        assert sys.modules["torchmetrics"].__version__ == version("torchmetrics")
    assert "torchmetrics" not in sys.modules
    with pytest.raises(RuntimeError), _fabric.version_alone():
        raise RuntimeError
    assert "torchmetrics" not in sys.modules


def test_what_is_loaded_or_not_there_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = ModuleType("torchmetrics")
    monkeypatch.setitem(sys.modules, "torchmetrics", loaded)
    with _fabric.version_alone():
        assert sys.modules["torchmetrics"] is loaded
    assert sys.modules["torchmetrics"] is loaded
    monkeypatch.delitem(sys.modules, "torchmetrics")
    monkeypatch.setattr(_fabric, "METRICS", "no_such_package")
    with _fabric.version_alone():
        assert "no_such_package" not in sys.modules


def test_what_is_compiled_is_known_once_the_compiler_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Compiled: ...

    monkeypatch.delitem(sys.modules, _fabric.COMPILER, raising=False)
    assert not isinstance(Compiled(), _fabric.OptimizedModule)
    compiler = ModuleType(_fabric.COMPILER)
    vars(compiler)["OptimizedModule"] = Compiled
    monkeypatch.setitem(sys.modules, _fabric.COMPILER, compiler)
    assert isinstance(Compiled(), _fabric.OptimizedModule)
    assert not isinstance("text", _fabric.OptimizedModule)


def test_the_compiler_is_not_loaded_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, _fabric.COMPILER, raising=False)
    with _fabric.stand_ins():
        compiler = sys.modules[_fabric.COMPILER]
        assert vars(compiler)["OptimizedModule"] is _fabric.OptimizedModule
    assert _fabric.COMPILER not in sys.modules

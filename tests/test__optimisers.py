"""Optimisers take the steps of torch's, and load no compiler."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._compile import _disable_dynamo

import pleura
from pleura._optimisers import COMPILER, AdamW, exclude_once_loaded

# Trained by Fabric, as a study trains, and saved and loaded as where one is interrupted.
TRAINED = """
import sys
from pleura._fabric import Fabric
from pleura._optimisers import LBFGS, AdamW
import torch

model, fabric = torch.nn.Linear(3, 2), Fabric(accelerator="cpu", devices=1)
wrapped, optimiser = fabric.setup(model, AdamW(model.parameters(), fused=True))
other = LBFGS([torch.zeros(1, requires_grad=True)])
for _ in range(2):
    optimiser.zero_grad()
    fabric.backward(wrapped(torch.ones(4, 3)).sum())
    optimiser.step()
    other.step(lambda: torch.zeros(()))
optimiser.load_state_dict(optimiser.state_dict())
assert "torch._dynamo" not in sys.modules
"""


def test_a_training_loads_no_compiler() -> None:
    answer = subprocess.run([sys.executable, "-c", TRAINED], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr


def test_no_other_optimiser_is_used() -> None:
    source = Path(pleura.__file__).parent
    texts = {path.name: path.read_text(encoding="utf-8") for path in source.rglob("*.py")}
    # The rule of an average of weights is no optimiser, and loads no compiler.
    texts["averaging.py"] = texts["averaging.py"].replace("torch.optim.swa_utils", "")
    assert {name for name, text in texts.items() if "torch.optim" in text} == {"_optimisers.py"}


@pytest.mark.parametrize("fused", [True, False])
def test_steps_are_those_of_torch(fused: bool) -> None:
    own, torchs = (trained(kind, fused) for kind in (AdamW, torch.optim.AdamW))
    assert len(own) == 3
    assert not torch.equal(own[0], own[-1])
    assert all(torch.equal(*pair) for pair in zip(own, torchs, strict=True))
    assert AdamW.__name__ == torch.optim.AdamW.__name__  # what a profile calls their steps


def trained(kind: type[torch.optim.AdamW], fused: bool) -> list[Tensor]:
    """The weights after each step."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model, inputs = nn.Linear(5, 1), torch.randn(3, 8, 5)
    optimiser, weights = kind(model.parameters(), lr=0.1, fused=fused), []
    for each in inputs:
        optimiser.zero_grad()
        model(each).square().sum().backward()
        optimiser.step()
        weights.append(model.weight.detach().clone())
    return weights


def test_what_is_excluded_is_called_as_it_is_until_the_compiler_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    excluded: list[object] = []

    def function(text: str) -> str:
        return text.upper()

    def disable(given: Callable[..., Any], *_: object, **__: object) -> Callable[..., Any]:
        excluded.append(given)
        return lambda text: given(text) + "!"

    method = _disable_dynamo(function)
    exclude_once_loaded(method)
    monkeypatch.delitem(sys.modules, COMPILER, raising=False)
    assert method("a") == "A"
    compiler = ModuleType(COMPILER)
    vars(compiler)["disable"] = disable
    monkeypatch.setitem(sys.modules, COMPILER, compiler)
    monkeypatch.setattr(torch, "_dynamo", compiler, raising=False)
    assert [method("a"), method("b")] == ["A!", "B!"]
    assert excluded == [function]


def test_what_torch_does_not_exclude_stays() -> None:
    def function() -> None: ...

    exclude_once_loaded(function)
    assert not vars(function)

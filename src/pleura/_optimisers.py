"""Optimisers without torch's compiler, which takes as long to load as all of torch.

Those of torch exclude some of what they do from compilation, for which they load the compiler as
soon as one is made and in each step. Where nothing else has loaded it, nothing is compiled, and
there is nothing to exclude them from.
"""

import inspect
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import LBFGS as LBFGS

COMPILER = "torch._dynamo"
_INSTEAD = "__dynamo_disable"  # where torch keeps what it calls in the place of a method


def exclude_once_loaded(method: Callable[..., Any]) -> None:
    """Have a `method` that torch excludes from compilation called as it is, until the compiler is
    loaded by somebody else: from then on torch excludes it. One that is not excluded stays."""
    function: Any = getattr(method, "__wrapped__", None)
    if function is None or hasattr(function, _INSTEAD):
        return

    def call(*given: Any, **named: Any) -> Any:
        if COMPILER not in sys.modules:
            return function(*given, **named)
        if vars(function).get(_INSTEAD) is call:
            vars(function).pop(_INSTEAD, None)
        return method(*given, **named)

    setattr(function, _INSTEAD, call)


for _name in ("add_param_group", "load_state_dict", "state_dict", "zero_grad"):
    exclude_once_loaded(getattr(torch.optim.Optimizer, _name))

_step = inspect.unwrap(torch.optim.AdamW.step)


class AdamW(torch.optim.AdamW):
    """`torch.optim.AdamW`, which takes the same steps."""

    def step(self, closure: Any = None) -> Any:
        """Take a step, in which no gradient is recorded."""
        with torch.no_grad():
            return _step(self, closure)

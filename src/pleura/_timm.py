"""Lets timm import without torch's compiler; import this before timm.

timm excludes some functions from compilation as it is imported, for which `torch.compiler.disable`
loads the compiler: it takes as long as all of torch. What torch itself uses to exclude functions
loads it when they are called, and stands in for that meanwhile.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch._compile import _disable_dynamo

from pleura._torchvision import import_with


def _disable(
    function: Callable[..., Any] | None = None, recursive: bool = True, *, reason: object = None
) -> Any:
    """`torch.compiler.disable`; the `reason` is told nowhere."""
    return _disable_dynamo(function, recursive)


@contextmanager
def _stand_ins() -> Iterator[None]:
    own = torch.compiler.disable
    try:
        torch.compiler.disable = _disable
        yield
    finally:
        torch.compiler.disable = own


import_with("timm", _stand_ins)

"""Lets timm import without torch's compiler; import this before timm.

timm excludes some functions from compilation as it is imported, for which `torch.compiler.disable`
loads the compiler: it takes as long as all of torch. What torch itself uses to exclude functions
loads it when they are called, and stands in for that meanwhile.
"""

import sys

import torch
from torch._compile import _disable_dynamo

import pleura._torchvision  # noqa: F401  isort: skip

if "timm" not in sys.modules:
    _disable = torch.compiler.disable
    try:
        # It takes the same functions, but no reason why.
        torch.compiler.disable = _disable_dynamo  # type: ignore[assignment]
        import timm  # noqa: F401
    finally:
        torch.compiler.disable = _disable

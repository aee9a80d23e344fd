"""Lets torchvision import where its binary operators cannot load; import this before torchvision.

A CPU build of torch beside a CUDA build of torchvision is common (pytorch/vision#9077, #9085) and
fails with `operator torchvision::nms does not exist`. pleura needs torchvision's models alone, so
the two operators that its import looks up are declared where the binary does not declare them.

Its import also loads torch's compiler, which takes as long as all of torch, for one question that
is asked when a detector is compiled: the compiler is loaded then.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import torch

_ARGUMENTS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def _declare_missing_operators() -> torch.library.Library | None:
    spec = importlib.util.find_spec("torchvision")
    binaries = sorted(Path(spec.origin).parent.glob("_C*")) if spec and spec.origin else []
    for binary in binaries:
        try:
            # Torch gives this call no types, and none to the two below.
            torch.ops.load_library(binary)  # type: ignore[no-untyped-call]
        except OSError:
            continue
        return None
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for operator in ("nms", "qnms"):
        library.define(operator + _ARGUMENTS)  # type: ignore[no-untyped-call]
    return library


def _import_without_the_compiler() -> None:
    """Import torchvision while what it asks of torch's compiler stands in for that."""

    def is_compile_supported(device: str) -> bool:
        from torch._dynamo import utils

        return bool(utils.is_compile_supported(device))

    names = ("torch._dynamo", "torch._dynamo.utils")
    if any(name in sys.modules for name in (*names, "torchvision")):
        import torchvision

        return
    stand_ins = [ModuleType(name) for name in names]
    stand_ins[0].__path__ = []
    vars(stand_ins[1])["is_compile_supported"] = is_compile_supported
    sys.modules.update(zip(names, stand_ins, strict=True))
    try:
        import torchvision  # noqa: F401
    finally:
        for name in names:
            del sys.modules[name]


# The declarations live as long as this object does.
_library = _declare_missing_operators()
_import_without_the_compiler()

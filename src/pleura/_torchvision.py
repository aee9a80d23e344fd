"""Lets torchvision import where its binary operators cannot load; import this before torchvision.

A CPU build of torch beside a CUDA build of torchvision is common (pytorch/vision#9077, #9085) and
fails with `operator torchvision::nms does not exist`. pleura needs torchvision's models alone, so
the two operators that its import looks up are declared where the binary does not declare them.
"""

import importlib.util
from pathlib import Path

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


# The declarations live as long as this object does.
_library = _declare_missing_operators()

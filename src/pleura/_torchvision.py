"""Lets torchvision import where its binary operators cannot load; import this before torchvision.

A CPU build of torch beside a CUDA build of torchvision is common (pytorch/vision#9077, #9085) and
fails with `operator torchvision::nms does not exist`. pleura needs torchvision's models alone, so
the two operators that its import looks up are declared where the binary does not declare them.

Its import also loads torch's compiler, which takes as long as all of torch, for one question that
is asked when a detector is compiled: the compiler is loaded then.
"""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
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


@contextmanager
def _stand_ins() -> Iterator[None]:
    """What torchvision asks of torch's compiler, in the place of that."""

    def is_compile_supported(device: str) -> bool:
        from torch._dynamo import utils

        return bool(utils.is_compile_supported(device))

    stand_ins = {name: ModuleType(name) for name in ("torch._dynamo", "torch._dynamo.utils")}
    stand_ins["torch._dynamo"].__path__ = []
    vars(stand_ins["torch._dynamo.utils"])["is_compile_supported"] = is_compile_supported
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]


def import_with(package: str, stand_ins: Callable[[], AbstractContextManager[None]]) -> None:
    """Import a package while something stands in for torch's compiler; where it asks more of that,
    as another version may, import it as it is."""
    if package in sys.modules or "torch._dynamo" in sys.modules:
        import_module(package)
        return
    try:
        with stand_ins():
            import_module(package)
    except (AttributeError, ImportError, TypeError):
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]
        import_module(package)


# The declarations live as long as this object does.
_library = _declare_missing_operators()
import_with("torchvision", _stand_ins)

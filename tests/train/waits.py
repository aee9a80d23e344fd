"""Counts what would make a host wait for a device, while all computes on a CPU."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

READS = {"_local_scalar_dense", "is_nonzero", "equal", "nonzero", "masked_select", "_unique2"}
CHECKS = {"_linalg_check_errors"}
INDEXES = {"index", "index_put", "index_put_", "_index_put_impl_"}


@contextmanager
def waits() -> Iterator[Counter[str]]:
    """How often each of what makes a host wait was called inside.

    Counted are values and flags that are read, places that are looked for, also by an index that is
    true or false, checks of a result, numbers of Python that become tensors, numbers beside tensors
    in `where`, and tensors that are fetched.
    """
    seen: Counter[str] = Counter()
    with _Calls(seen), _Operations(seen):
        yield seen


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, seen: Counter[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen = seen

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        name = func._schema.name.removeprefix("aten::")
        if name in READS | CHECKS:
            self.seen[name] += 1
        if name in INDEXES and any(_is_mask(index) for index in args[1]):
            self.seen[f"{name} by a mask"] += 1
        return func(*args, **(kwargs or {}))


class _Calls(TorchFunctionMode):
    def __init__(self, seen: Counter[str]) -> None:
        super().__init__()
        self.seen = seen

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is Tensor.cpu:
            self.seen["cpu"] += 1
        if func in (torch.where, Tensor.where) and any(isinstance(a, int | float) for a in args):
            self.seen["a number in where"] += 1
        result = func(*args, **(kwargs or {}))
        if func in (torch.tensor, torch.as_tensor) and result.ndim:
            self.seen["numbers of Python"] += 1
        return result


def _is_mask(index: Any) -> bool:
    return index is not None and index.dtype in (torch.bool, torch.uint8)

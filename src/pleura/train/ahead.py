"""Devices that run ahead: work is queued on a GPU, and the host waits where it reads a value."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor


def runs_ahead(device: torch.device) -> bool:
    """Whether work on a device is queued, so that the host would wait for a value of it."""
    return device.type != "cpu"


def upload(values: Tensor, device: torch.device) -> Tensor:
    """`values` of the host on a device, for which the host does not wait.

    To CUDA they are copied from pinned memory on a stream of its own, so that the copy is made
    while the device computes what was queued before.
    """
    if device.type != "cuda":
        return values.to(device, non_blocking=True)
    stream = _copying(device)
    with torch.cuda.stream(stream):
        there = values.pin_memory().to(device, non_blocking=True)
    computing = torch.cuda.current_stream(device)
    computing.wait_stream(stream)
    there.record_stream(computing)  # its memory is not given away before the last use of it
    return there


@lru_cache
def constant(values: Any, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Numbers in nested tuples as a tensor on a device, which nothing may change; it is made once,
    since the host waits while it is copied there."""
    # A tensor of inference mode could not take part in a training later.
    with torch.inference_mode(False):
        return torch.tensor(values, dtype=dtype, device=device)


@lru_cache
def _copying(device: torch.device) -> torch.cuda.Stream:
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

"""What a model costs: parameters, multiply-accumulates, milliseconds."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

WARM_UP = 3


def count_parameters(model: nn.Module) -> int:
    """Number of parameters, trained or not."""
    return sum(parameter.numel() for parameter in model.parameters())


def count_macs(model: nn.Module, size: int, *, channels: int = 1) -> float:
    """Multiply-accumulates for one image of `size` x `size` pixels.

    Half of the operations that `torch.utils.flop_counter` counts: convolutions, matrix products
    and attention, not norms, activations or poolings.
    """
    # Fused attention is one operation that the counter does not know on every device.
    with (
        _one_image(model, size, channels) as image,
        sdpa_kernel(SDPBackend.MATH),
        FlopCounterMode(display=False) as counter,
    ):
        model(image)
    return float(counter.get_total_flops()) / 2


def measure_latency(model: nn.Module, size: int, repeats: int = 20, *, channels: int = 1) -> float:
    """Median milliseconds for one image of `size` x `size` pixels, batch 1, after a warm-up.

    On the device and in the precision of the model's parameters.
    """
    times = []
    with _one_image(model, size, channels) as image:
        for _ in range(WARM_UP + repeats):
            start = time.perf_counter()
            model(image)
            if image.is_cuda:
                torch.cuda.synchronize(image.device)
            times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[WARM_UP:])


@contextmanager
def _one_image(model: nn.Module, size: int, channels: int) -> Iterator[Tensor]:
    """A gray image for the model in evaluation mode; each module's own mode comes back after."""
    modes = [(module, module.training) for module in model.modules()]
    first = next(model.parameters())
    model.eval()
    try:
        with torch.inference_mode():
            yield torch.full((1, channels, size, size), 0.5, device=first.device, dtype=first.dtype)
    finally:
        for module, mode in modes:
            module.training = mode

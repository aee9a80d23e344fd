"""What a model costs: parameters, multiply-accumulates, milliseconds."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from pleura.models.shapes import shapes_alone


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
        shapes_alone(model),
        sdpa_kernel(SDPBackend.MATH),
        FlopCounterMode(display=False) as counter,
    ):
        model(image)
    return float(counter.get_total_flops()) / 2


def measure_latencies(models: Sequence[nn.Module], size: int, rounds: int = 20) -> list[float]:
    """For each model the median milliseconds for one image of `size` x `size` pixels, batch 1.

    Models take turns, so that what else the machine does slows them alike. Each runs twice a turn
    and the second is timed: the first brings its weights back into the cache. On the device and in
    the precision of the model's parameters; on a CPU the time of one thread at work, since a wall
    clock on a busy machine counts waiting, of which longer networks get more than their share.
    """
    times: list[list[float]] = [[] for _ in models]
    with ExitStack() as stack:
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(1)
        images = [stack.enter_context(_one_image(model, size)) for model in models]
        for _ in range(rounds):
            for model, image, mine in zip(models, images, times, strict=True):
                _seconds(model, image)
                mine.append(_seconds(model, image))
    return [1000 * statistics.median(mine) for mine in times]


def _seconds(model: nn.Module, image: Tensor) -> float:
    clock = time.thread_time if image.device.type == "cpu" else time.perf_counter
    start = clock()
    model(image)
    if image.is_cuda:
        torch.cuda.synchronize(image.device)
    return clock() - start


@contextmanager
def _one_image(model: nn.Module, size: int, channels: int = 1) -> Iterator[Tensor]:
    """Yield a uniform image for the model, which is in evaluation mode meanwhile.

    After that each of its modules is in its own mode again.
    """
    modes = [(module, module.training) for module in model.modules()]
    first = next(model.parameters())
    model.eval()
    try:
        with torch.inference_mode():
            yield torch.full((1, channels, size, size), 0.5, device=first.device, dtype=first.dtype)
    finally:
        for module, mode in modes:
            module.training = mode

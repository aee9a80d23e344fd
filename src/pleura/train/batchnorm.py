"""BatchNorm's statistics as a network needs them that is judged: of training images as they are.

The moving averages of training are of augmented images, and of weights as they were some steps ago:
while weights move fast, a network would be judged by statistics that are no longer its own, and the
averages of some libraries' networks hardly move in a short training. Taken anew, with the weights
held, they are known as precise BatchNorm (Wu & Johnson 2021, Rethinking "Batch" in BatchNorm,
arXiv 2105.07576).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from pleura.randomness import seed_of
from pleura.train.settings import FitSettings


def adapting(model: nn.Module) -> list[_NormBase]:
    """The BatchNorms of `model` that are in training mode: those that a phase does not freeze."""
    norms = [module for module in model.modules() if isinstance(module, _NormBase)]
    return [norm for norm in norms if norm.training and norm.track_running_stats]


def settling(settings: FitSettings, n_train: int) -> list[NDArray[np.int64]]:
    """Batches of positions of the `n_train` training images that give BatchNorm its statistics."""
    order = np.random.default_rng(seed_of("batchnorm")).permutation(n_train)
    order = order[: settings.batchnorm_images]
    return np.array_split(order, max(1, len(order) // settings.batch_size))


def settle(model: nn.Module, batches: Sequence[Callable[[], None]]) -> None:
    """Give each adapting BatchNorm of `model` the mean and variance of what it sees in `batches`.

    Each of `batches` runs the model on two images or more. All but those norms is in evaluation
    mode meanwhile, and the whole model afterwards. Every batch counts the same; the variance is the
    unbiased one, as in training. A BatchNorm that no batch reaches keeps the statistics it has.
    """
    norms = adapting(model)
    model.eval()
    before = [(norm, norm.momentum, norm.state_dict()) for norm in norms]
    passes = dict.fromkeys(norms, 0)

    def count_pass(norm: _NormBase, _: Any) -> None:
        # torch's own average of equal weights asks the device how many batches there were.
        passes[norm] += 1
        norm.momentum = 1 / passes[norm]

    hooks = [norm.register_forward_pre_hook(count_pass) for norm in norms]
    for norm, _, state in before:
        for name in state:
            state[name] = state[name].clone()
        norm.train()
        norm.reset_running_stats()
    try:
        with torch.no_grad():
            for run in batches if norms else ():
                run()
    finally:
        for hook in hooks:
            hook.remove()
        for norm, momentum, state in before:
            norm.momentum = momentum
            if not passes[norm]:
                norm.load_state_dict(state)
        model.eval()


@contextmanager
def by_batch(model: nn.Module) -> Iterator[None]:
    """Inside, every BatchNorm of `model` goes by the batch that it sees, as in training, and keeps
    its statistics. For losses of images that are changed, as a pretext's views are: statistics of
    images as they are would make them another task. Batches need two images or more.
    """
    norms = [module for module in model.modules() if isinstance(module, _NormBase)]
    before = [(norm, norm.training, norm.track_running_stats) for norm in norms]
    for norm in norms:
        norm.train()
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm, training, tracks in before:
            norm.train(training)
            norm.track_running_stats = tracks

"""Step: the pooled features of a frozen backbone over all images, computed once."""

import time

import numpy as np

from pleura.files import write_atomically
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.tasks.classification import predict
from pleura.transfer.build import build_model

BLOCK = 512


def perform(step: Step, context: Context) -> None:
    """Write `features.npy`, (images, channels) float32, in the order of the bank."""
    spec = step.spec
    device = context.fabric("fp32").device
    model = build_model({**spec, **step.places}, context.n_classes, spec["seed"]).classifier
    model.to(device).eval()
    start = time.monotonic()
    parts = []
    for first in range(0, len(context.bank), BLOCK):
        rows = np.arange(first, min(first + BLOCK, len(context.bank)))
        parts.append(predict(model.features, context.bank, rows, device))
        context.progress(step.title, int(rows[-1]) + 1, len(context.bank), {})
    with write_atomically(step.folder(context.steps) / "features.npy") as temporary:
        np.save(temporary, np.concatenate(parts))
    step.finish(context.steps, {"seconds": time.monotonic() - start})

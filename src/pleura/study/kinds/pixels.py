"""Step: one trial of a pixel baseline."""

import time

import numpy as np

from pleura.files import write_atomically
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.tasks.classification import validation_score
from pleura.tasks.pixels import fit_pixels, small_pixels

MODULES = (
    "pleura.data.bank",
    "pleura.evaluate.metrics",
    "pleura.evaluate.ranking",
    "pleura.tasks.pixels",
    "pleura.train.head",
)


def perform(step: Step, context: Context) -> None:
    """Write `logits.npy`: (validation images, then test images; classes) float32."""
    spec = step.spec
    parts = context.split.parts(spec["fold"], spec["seed"], spec["fraction"])
    start = time.monotonic()
    # Rows of one compact array: training, validation, test, in this order.
    rows = np.concatenate([parts.train, parts.validation, parts.test])
    n_train, n_validation = len(parts.train), len(parts.validation)
    labels = context.labels[rows]
    logits = fit_pixels(
        spec["baseline"],
        spec["value"],
        small_pixels(context.bank, rows),
        labels,
        np.arange(n_train),
        n_classes=context.n_classes,
        seed=spec["seed"],
        threads=context.threads,
    )[n_train:]
    with write_atomically(step.folder(context.steps) / "logits.npy") as temporary:
        np.save(temporary, logits)
    step.finish(
        context.steps,
        {
            "score": validation_score(logits[:n_validation], labels[n_train:][:n_validation]),
            "seconds": time.monotonic() - start,
        },
    )

"""Step: one trial of a linear head on frozen features."""

import time

import numpy as np
from safetensors.numpy import save_file

from pleura.files import write_atomically
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.tasks.classification import validation_score
from pleura.train.head import fit_head


def perform(step: Step, context: Context) -> None:
    """Write `head.safetensors` (weight, bias) fitted on the training part."""
    spec = step.spec
    (frozen,) = step.parents
    parts = context.split.parts(spec["fold"], spec["seed"], spec["fraction"])
    labels = context.labels
    values = np.load(frozen.folder(context.steps) / "features.npy", mmap_mode="r")
    start = time.monotonic()
    head = fit_head(
        values[parts.train],
        labels[parts.train],
        n_classes=context.n_classes,
        penalty=spec["value"],
        balanced=spec["balanced"],
    )
    seconds = time.monotonic() - start
    score = validation_score(head.logits(values[parts.validation]), labels[parts.validation])
    with write_atomically(step.folder(context.steps) / "head.safetensors") as temporary:
        save_file({"weight": head.weight, "bias": head.bias}, temporary)
    step.finish(
        context.steps,
        {
            "score": score,
            "seconds": seconds,
            "epochs": head.iterations,
            "converged": head.converged,
            "history": [],
        },
    )

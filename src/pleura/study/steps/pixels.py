"""Step: one trial of a pixel baseline."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.steps.trial import Asked, ClassifierTrial, Judged
from pleura.study.versions import classification_task, linear_head, pixel_baselines
from pleura.study.views import shown
from pleura.tasks.classification import validation_score
from pleura.tasks.pixels import fit_pixels, small_pixels


class Pixels(ClassifierTrial):
    """One trial of a pixel baseline."""

    name = "pixels"
    parts = (pixel_baselines, linear_head, classification_task)

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Judge one value of the baseline's knob on the validation part."""
        spec = step.spec
        parts = context.parts(spec)
        start = time.monotonic()
        logits = fit_and_predict(step, context, small_pixels(context.bank, parts.validation))
        score = validation_score(logits, context.labels[parts.validation])
        step.finish(context.steps, {"score": score, "seconds": time.monotonic() - start})

    def judge(self, trial: Step, outcome: Step, asked: Sequence[Asked], context: Context) -> Judged:
        """By the baseline, which is fitted again: that takes less than to keep it."""
        small = [small_pixels(shown(ask.view, context), ask.rows) for ask in asked]
        logits = fit_and_predict(trial, context, np.concatenate(small))
        return Judged(logits, {"kind": "baseline"})


def fit_and_predict(
    step: Step, context: Context, others: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Train the trial's baseline; log-probabilities (m, classes) float32 of `others` (m, 1024)."""
    spec = step.spec
    train = context.parts(spec).train
    return fit_pixels(
        spec["baseline"],
        spec["value"],
        small_pixels(context.bank, train),
        context.labels[train],
        others,
        n_classes=context.n_classes,
        seed=spec["seed"],
        threads=context.threads,
    )


KIND = Pixels()

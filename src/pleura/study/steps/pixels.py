"""Step: one trial of a pixel baseline."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.steps.trial import Asked, ClassifierTrial, Judged
from pleura.study.versions import labels, linear_head, pixel_baselines
from pleura.study.views import shown
from pleura.tasks.listed import task_of
from pleura.tasks.pixels import PixelTraining, small_pixels


class Pixels(ClassifierTrial):
    """One trial of a pixel baseline."""

    name = "pixels"
    parts = (pixel_baselines, linear_head, labels)

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Judge one value of the baseline's knob on the validation part."""
        spec = step.spec
        parts = context.parts(spec)
        start = time.monotonic()
        logits = fit_and_predict(step, context, small_pixels(context.bank, parts.validation))
        task, truth = task_of(spec), context.labels[parts.validation]
        score = task.learned.score(logits, truth, task.score, task.learned.probabilities)
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
    baseline = task_of(spec).learned.baseline(spec["baseline"])
    return baseline.fit(training_of(step, context), spec["value"], others)


def training_of(step: Step, context: Context) -> PixelTraining:
    """What the baseline of a trial is trained on."""
    train = context.parts(step.spec).train
    return PixelTraining(
        small_pixels(context.bank, train),
        context.labels[train],
        context.n_classes,
        step.spec["seed"],
        context.threads,
    )


KIND = Pixels()

"""Step: what a teacher says of the images that its students learn from, once for all of them."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from pleura.errors import PleuraError
from pleura.files import write_atomically
from pleura.study.context import Context, Progress
from pleura.study.distillation import SOFT_TARGETS
from pleura.study.prepared import Prepared
from pleura.study.step import Step
from pleura.study.steps.kind import Kind, Needs
from pleura.study.steps.listed import kind_as
from pleura.study.steps.member import Member
from pleura.study.steps.trial import NetworkTrial, measured_as
from pleura.study.teaching import images_taught, rows_seen
from pleura.study.trials import best_of, trials_of
from pleura.study.views import WHOLE, shown
from pleura.tasks.distillation import Teacher
from pleura.tasks.images import predict
from pleura.tasks.listed import task_of
from pleura.wording import count

LOGITS = "logits.npy"
BLOCK = 1024  # images, after which it is told how far it is


class SoftTargets(Kind):
    """Logits of a teacher for images as they are judged, of the best of its recipe on validation
    or, where it has members, of their mean probability."""

    name = SOFT_TARGETS
    files: ClassVar[tuple[str, ...]] = (LOGITS,)
    needs: ClassVar[Needs] = "device"

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write `logits.npy`, (n, classes) float32 of the rows that `rows_seen` tells."""
        begun = time.monotonic()
        chosen, members = best_of(trials_of(step), context), _members(step)
        networks = [kind_as(NetworkTrial, chosen).trained(chosen, context).network]
        networks += [kind_as(Member, each).trained(each, context).network for each in members]
        labelled, unlabelled = images_taught(step.spec, context)
        rows = rows_seen(step.spec, context)
        images, device, outputs = shown(WHOLE, context), context.device, []
        for number, network in enumerate(networks):
            network.to(device)
            parts = []
            for start in range(0, len(rows), BLOCK):
                parts.append(predict(network, images, rows[start : start + BLOCK], device))
                done = number * len(rows) + start + len(parts[-1])
                progress(step.title, done, len(networks) * len(rows), {})
            outputs.append(np.concatenate(parts))
            network.cpu()
        several = len(outputs) > 1
        mean = task_of(step.spec).learned.calibration.mean
        logits = np.asarray(mean(outputs) if several else outputs[0], np.float32)
        if not np.isfinite(logits).all():
            raise PleuraError(
                f"{step.title}: what the teacher says of some images is not finite, so that nobody "
                "can learn from it; try smaller learning rates for its recipe (rates), or "
                "training.precision: fp32"
            )
        with (
            write_atomically(step.folder(context.steps) / LOGITS) as path,
            path.open("wb") as file,
        ):
            np.save(file, logits)
        result = {
            "seconds": time.monotonic() - begun,
            "networks": len(networks),
            "labelled": len(labelled),
            "unlabelled": len(unlabelled),
        }
        step.finish(context.steps, result, *self.files)

    def describe(self, step: Step, result: Mapping[str, Any]) -> str:
        """How many images."""
        return (
            f": {count(result['labelled'], 'labelled image')}, {result['unlabelled']:,} without "
            "label"
        )

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """One pass over the images by each network."""
        trial = trials_of(step)[0]
        network, measured = measured_as(trial), prepared.measured
        cost = measured.get((network, True)) or measured[network, False]
        images = len(rows_seen(step.spec, prepared.context))
        return (1 + len(_members(step))) * images * cost.prediction_ms

    def reads_weights_of(self, step: Step, context: Context) -> Sequence[Step]:
        """The best of the trials of which it is known how good they are, and the members."""
        done = [trial for trial in trials_of(step) if trial.is_done(context.steps)]
        return [*([best_of(done, context)] if done else []), *_members(step)]


def teacher_of(training: Step, teaching: Step, context: Context) -> Teacher:
    """What the finished step `teaching` tells the network of a `training`."""
    spec = training.spec
    loss = task_of(spec).learned.taught
    assert loss is not None  # study files refuse teachers of other tasks
    logits = np.load(teaching.folder(context.steps) / LOGITS)
    _, unlabelled = images_taught(spec, context)
    return Teacher(rows_seen(spec, context), logits, unlabelled, spec["distillation"], loss)


def _members(step: Step) -> list[Step]:
    return [parent for parent in step.parents if "member" in parent.spec]


KIND = SoftTargets()

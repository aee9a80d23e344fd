"""Step: pretraining a backbone on images without their labels, by one self-supervised method."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pleura.study.context import Context, Progress
from pleura.study.prepared import Prepared
from pleura.study.pretraining_table import pretraining_table
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.kind import Kind
from pleura.study.training import EPOCHS, WEIGHTS
from pleura.study.versions import backbone, method, training
from pleura.study.watching import watching
from pleura.tables import write_table
from pleura.tasks.selfsup.job import Job, pretrain
from pleura.tasks.selfsup.processes import pretrain_on
from pleura.train.settings import FitSettings

TABLE = "pretraining.csv"
CURRICULUM = "curriculum.csv"
FIGURES = {"effective_rank": "effective rank", "probe_auroc": "probe AUROC"}


class SelfSupervised(Kind):
    """Pretraining of a backbone without labels."""

    name = "selfsup"
    parts = (training, method, backbone)
    files = (WEIGHTS, EPOCHS)
    leaves = (TABLE, CURRICULUM)
    needs = "device"

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write `weights.safetensors`, the backbone after the last epoch, and `epochs.csv`."""
        job = job_of(step, context)
        settings = FitSettings.model_validate(step.spec["settings"])
        judged = "validation loss"
        watch = watching(step.title, settings, len(job.train), progress, validation=judged)
        if context.devices.many:
            result = pretrain_on(job, context.devices, context.accelerator, watch)
        else:
            result = pretrain(job, context.fabric(step.spec["precision"]), watch)
        step.finish(context.steps, result, *self.files)

    def describe(self, step: Step, result: Mapping[str, Any]) -> str:
        """Its loss, what its features are like, and how long it took."""
        figures = [f"{word} {result[name]:.3g}" for name, word in FIGURES.items() if name in result]
        return f": loss {result['loss']:.3g}, {', '.join(figures)}, {result['seconds']:.0f} s"

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """All epochs; most methods look at each image twice."""
        spec, name = step.spec, step.places["pool"]
        train, watched = prepared.context.pools[name].parts(spec["seed"], int(step.places["fold"]))
        cost = prepared.measured[f"steps.{name}/{spec['backbone']}", True]
        settings = FitSettings.model_validate(spec["settings"])
        return 2 * cost.all_epochs(settings, len(train), len(watched))

    def collect(self, plan: Plan, context: Context) -> None:
        """Write `pretraining.csv`, and `curriculum.csv`: what a search for a curriculum tried."""
        write_table(context.out / TABLE, pretraining_table(self.collected(plan), context))
        (context.out / CURRICULUM).unlink(missing_ok=True)
        if plan.choices:
            write_table(context.out / CURRICULUM, pd.DataFrame(plan.choices))


def job_of(step: Step, context: Context) -> Job:
    """All that a pretraining needs, so that other processes can take part in it."""
    spec, pool = step.spec, context.pools[step.places["pool"]]
    train, watched = pool.parts(spec["seed"], int(step.places["fold"]))
    folder = step.folder(context.steps)
    return Job(
        folder=folder,
        spec=dict(spec),
        places=dict(step.places),
        banks=pool.banks,
        train=train,
        validation=watched,
        labels=pool.labels,
        before=next((parent.folder(context.steps) / WEIGHTS for parent in step.parents), None),
        logs=context.out / "tensorboard" / step.name,
    )


KIND = SelfSupervised()

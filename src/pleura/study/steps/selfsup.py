"""Step: pretraining a backbone on images without their labels, by one self-supervised method."""

from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.steps.kind import Kind
from pleura.study.training import EPOCHS, WEIGHTS
from pleura.study.versions import backbone, method, training
from pleura.study.watching import watching
from pleura.tasks.selfsup.job import Job, pretrain
from pleura.tasks.selfsup.many import pretrain_on
from pleura.train.settings import FitSettings


class SelfSupervised(Kind):
    """Pretraining of a backbone without labels."""

    name = "selfsup"
    parts = (training, method, backbone)

    def perform(self, step: Step, context: Context) -> None:
        """Write `weights.safetensors`, the backbone after the last epoch, and `epochs.csv`."""
        job = job_of(step, context)
        settings = FitSettings.model_validate(step.spec["settings"])
        watch = watching(
            step.title, settings, len(job.train), context, validation="validation loss"
        )
        if context.devices.many:
            result = pretrain_on(job, context.devices, context.accelerator, watch)
        else:
            result = pretrain(job, context.fabric(step.spec["precision"]), watch)
        step.finish(context.steps, result, WEIGHTS, EPOCHS)


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
        logs=context.out / "tensorboard" / folder.name,
    )


KIND = SelfSupervised()

"""Step: one trial of training a network, at one learning rate."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from pleura.models.classifier import Classifier
from pleura.models.lora import merge
from pleura.study.against import against_of
from pleura.study.context import Context, Progress
from pleura.study.prepared import Prepared
from pleura.study.pretrained import starting_backbone
from pleura.study.step import Step
from pleura.study.steps import head
from pleura.study.steps.soft_targets import teacher_of
from pleura.study.steps.trial import BackboneTrial, measured_as, prepare
from pleura.study.teaching import images_beside
from pleura.study.training import (
    EPOCHS,
    WEIGHTS,
    augmentation_of,
    train,
    trained_weights,
    training_seed,
)
from pleura.study.trials import best_of, teaching_of
from pleura.study.versions import backbone, labels, strategy, training
from pleura.tasks.distillation import OnTaughtImages
from pleura.tasks.images import OnImages
from pleura.tasks.listed import task_of
from pleura.train.settings import FitSettings, epochs_of
from pleura.transfer.build import build_model


class Fit(BackboneTrial):
    """One trial of training a network."""

    name = "fit"
    parts = (training, labels, strategy, backbone)
    files: ClassVar[tuple[str, ...]] = (WEIGHTS, EPOCHS)
    weights = WEIGHTS
    explained_by = (*BackboneTrial.explained_by, "similarity")

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write `weights.safetensors`, the best on validation, and `epochs.csv`."""
        spec = step.spec
        start = starting_backbone(step, context)
        built = build_model({**spec, **step.places}, context.n_classes, training_seed(spec), start)
        model = built.classifier
        prepare(model.head, step, context)
        phases = built.strategy.phases(model)
        if probes := [parent for parent in step.parents if parent.kind == head.KIND.name]:
            # A linear probe came first: the best on validation is where the head starts.
            head.KIND.load_into(model, best_of(probes, context), context)
            phases = tuple(phase for phase in phases if not phase.to_convergence)
        task, penalty = on_images(step, context), built.strategy.penalty(model)
        train(
            step,
            context,
            progress,
            model,
            task,
            phases,
            penalty,
            judged=self.score(step),
            against=task.against,
        )

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """All epochs, with the images without label that a teacher's student sees besides."""
        own = super().milliseconds(step, prepared)
        beside = images_beside(step.spec, prepared.context)
        if not beside:
            return own
        train, _ = self.rows(step, prepared.context)
        epochs = epochs_of(FitSettings.model_validate(step.spec["settings"]), len(train))
        return own + epochs * beside * prepared.measured[measured_as(step), True].training_ms

    def load_into(self, model: Classifier, trial: Step, context: Context) -> None:
        """All weights; what LoRA learned becomes part of them, and so does what the task did to the
        output layer."""
        prepare(model.head, trial, context)
        model.load_state_dict(trained_weights(trial, context))
        merge(model)


def on_images(step: Step, context: Context) -> OnImages:
    """What a training learns: images of its fold, seed and fraction, varied as its spec says;
    and what its teacher says of them, where it has one."""
    spec = step.spec
    parts = context.parts(spec)
    make: Callable[..., OnImages] = OnImages
    if teaching := teaching_of(step):
        make = partial(OnTaughtImages, teacher=teacher_of(step, teaching, context))
    return make(
        context.bank,
        context.labels,
        train=parts.train,
        validation=parts.validation,
        n_classes=context.n_classes,
        augmentation=augmentation_of(step),
        balanced=spec["balanced"],
        device=context.fabric(spec["precision"]).device,
        task=task_of(spec),
        loss=task_of(spec).learned.loss_of(spec),
        against=against_of(step, context),
        sizes=spec.get("sizes", ()),
    )


KIND = Fit()

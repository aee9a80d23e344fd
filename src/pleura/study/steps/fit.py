"""Step: one trial of training a network, at one learning rate."""

from pleura.study.context import Context
from pleura.study.pretrained import start_of
from pleura.study.step import Step
from pleura.study.steps import head
from pleura.study.steps.kind import Kind
from pleura.study.training import augmentation_of, train
from pleura.study.versions import backbone, classification_task, strategy, training
from pleura.tasks.classification import Classification
from pleura.transfer.build import build_model


class Fit(Kind):
    """One trial of training a network."""

    name = "fit"
    parts = (training, classification_task, strategy, backbone)

    def perform(self, step: Step, context: Context) -> None:
        """Write `weights.safetensors`, the best on validation, and `epochs.csv`."""
        spec = step.spec
        start = start_of(step, context)
        built = build_model({**spec, **step.places}, context.n_classes, spec["seed"], start)
        phases = built.strategy.phases(built.classifier)
        if probes := [parent for parent in step.parents if parent.kind == "head"]:
            # A linear probe came first: the best on validation is where the head starts.
            best = max(probes, key=lambda probe: probe.result(context.steps)["score"])
            head.load_into(built.classifier.head, best, context)
            phases = tuple(phase for phase in phases if not phase.to_convergence)
        task = classification_of(step, context)
        train(
            step, context, built.classifier, task, phases, built.strategy.penalty(built.classifier)
        )


def classification_of(step: Step, context: Context) -> Classification:
    """The task of a training: images of its fold, seed and fraction, varied as its spec says."""
    spec = step.spec
    parts = context.split.parts(spec["fold"], spec["seed"], spec["fraction"])
    return Classification(
        context.bank,
        context.labels,
        train=parts.train,
        validation=parts.validation,
        n_classes=context.n_classes,
        augmentation=augmentation_of(step),
        balanced=spec["balanced"],
        device=context.fabric(spec["precision"]).device,
    )


KIND = Fit()

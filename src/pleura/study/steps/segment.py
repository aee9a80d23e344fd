"""Step: one trial of training a U-Net to segment, at one learning rate."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from pleura.data.bank import Bank
from pleura.data.mask_bank import MaskBank
from pleura.evaluate.metric import Metric
from pleura.models.unet import UNet, carry_over
from pleura.models.unet_nets import LoadedUNet, build_unet
from pleura.models.weights import check_planned
from pleura.study.context import Context, Progress
from pleura.study.pretrained import learned_after
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.trial import SegmentingTrial, Trained
from pleura.study.training import EPOCHS, WEIGHTS, augmentation_of, train, trained_weights
from pleura.study.trials import spelled, weights_of
from pleura.study.versions import segmentation, training, u_net
from pleura.tables import write_table
from pleura.tasks.listed import SEGMENTATION
from pleura.tasks.segmentation import Segmentation
from pleura.transfer.freezing_plan import make_freezing_plan

Rows = NDArray[np.int64]
TABLE = "steps.csv"


class Segment(SegmentingTrial):
    """One trial of a U-Net, or one of the study's `steps`, which has the value that it says."""

    name = "segment"
    parts = (training, segmentation, u_net)
    files = (WEIGHTS, EPOCHS)
    weights = WEIGHTS
    leaves = (TABLE,)

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write `weights.safetensors`, the best on validation, and `epochs.csv`."""
        spec = step.spec
        bank, masks, rows, validation = images_of(step, context)
        network = untrained(step, context).network
        task = Segmentation(
            bank,
            masks,
            train=rows,
            validation=validation,
            loss=spec["loss"],
            augmentation=augmentation_of(step),
            device=context.fabric(spec["precision"]).device,
            judges=None if "material" in step.places else context.masks[""],
            sizes=spec.get("sizes", ()),
        )
        phases = make_freezing_plan(spec["freeze"]).phases(network)
        train(step, context, progress, network, task, phases, judged=self.score(step))

    def score(self, trial: Step) -> Metric:
        """That of segmentations."""
        return SEGMENTATION.score

    def trained(self, trial: Step, context: Context) -> Trained[UNet]:
        """The U-Net with the weights that were the best on validation."""
        loaded = untrained(trial, context)
        loaded.network.load_state_dict(trained_weights(trial, context))
        return Trained(loaded.network.eval(), loaded.provenance)

    def blank(self, trial: Step, context: Context) -> UNet:
        """From random weights."""
        structures = len(trial.spec["structures"])
        return build_unet(trial.spec["network"], "random", structures, seed=0).network

    def rows(self, trial: Step, context: Context) -> tuple[Rows, Rows]:
        """The rows that train and those that validate, of the study's images or a step's own."""
        _, _, train, validation = images_of(trial, context)
        return train, validation

    def segmenter(self, trial: Step, context: Context) -> Callable[[Tensor], Tensor]:
        """The trained U-Net."""
        return self.trained(trial, context).network.to(context.device)

    def collected(self, plan: Plan) -> tuple[Step, ...]:
        """The study's `steps`, which its recipes go on from."""
        return plan.learned_before

    def collect(self, plan: Plan, context: Context) -> None:
        """Write `steps.csv`, one row each of the study's `steps` and seed."""
        rows = [_training_row(step, context) for step in self.collected(plan)]
        write_table(context.out / TABLE, pd.DataFrame(rows))


def images_of(step: Step, context: Context) -> tuple[Bank, MaskBank, Rows, Rows]:
    """Images, masks, and the rows that train and validate: a step's own, or those of the study."""
    spec, places = step.spec, step.places
    if "material" in places:
        material = context.materials[places["material"]]
        return material.bank, material.masks, *material.parts(spec["seed"])
    parts = context.parts(spec)
    return context.bank, context.masks[places["masks"]], parts.train, parts.validation


def untrained(step: Step, context: Context) -> LoadedUNet:
    """The U-Net before its training."""
    return start_of(step, len(step.spec["structures"]), context)


def start_of(step: Step, structures: int, context: Context) -> LoadedUNet:
    """The U-Net that a training starts from: from its weights, or from the step before it."""
    spec = {"weights": "random", **step.spec, **step.places}
    loaded = build_unet(spec["network"], spec["weights"], structures, seed=spec["seed"])
    check_planned(spec, loaded.provenance)
    for parent in step.parents:
        loaded = goes_on_from(parent, loaded, context)
    return loaded


def goes_on_from(parent: Step, loaded: LoadedUNet, context: Context) -> LoadedUNet:
    """A U-Net with the weights that `parent` trained, and where they come from."""
    learned = KIND.trained(parent, context)
    carry_over(learned.network.state_dict(), loaded.network)
    name, structures = parent.places["material"], ", ".join(parent.spec["structures"])
    material = context.materials[name]
    images = sum(map(len, material.parts(parent.spec["seed"])))
    origin = material.manifest.origin.name
    provenance = learned_after(
        learned.provenance,
        name=f"step '{name}': {structures} on {images} images of {origin}",
        source=material.source or origin,
        licence=material.licence or "unknown",
    )
    return LoadedUNet(loaded.network, provenance)


def _training_row(step: Step, context: Context) -> dict[str, object]:
    """How the training of one of the study's `steps` went."""
    spec, result, name = step.spec, step.result(context.steps), step.places["material"]
    train, validation = KIND.rows(step, context)
    groups = context.materials[name].manifest.groups
    return {
        "name": name,
        "seed": spec["seed"],
        "network": spelled(spec["network"]),
        "weights": weights_of(step),
        "structures": ", ".join(spec["structures"]),
        "n_train": len(train),
        "n_validation": len(validation),
        "patients": len(set(groups[np.concatenate((train, validation))])),
        "epochs": result["epochs"],
        "converged": result["converged"],
        "validation_dice": result["score"],
        "seconds": result["seconds"],
    }


KIND = Segment()

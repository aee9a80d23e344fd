"""Step: one trial of training a U-Net to segment, at one learning rate."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file

from pleura.data.bank import Bank
from pleura.data.mask_bank import MaskBank
from pleura.models.unet import carry_over
from pleura.models.unet_nets import LoadedUNet, build_unet
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.steps.kind import Kind
from pleura.study.training import WEIGHTS, augmentation_of, train
from pleura.study.versions import segmentation_task, training, u_net
from pleura.tasks.segmentation import Segmentation
from pleura.transfer.freezing_plan import make_plan

Rows = NDArray[np.int64]


class Segment(Kind):
    """One trial of a U-Net."""

    name = "segment"
    parts = (training, segmentation_task, u_net)

    def perform(self, step: Step, context: Context) -> None:
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
        )
        train(step, context, network, task, make_plan(spec["freeze"]).phases(network))


def images_of(step: Step, context: Context) -> tuple[Bank, MaskBank, Rows, Rows]:
    """Images, masks, and the rows that train and validate: a step's own, or those of the study."""
    spec, places = step.spec, step.places
    if "material" in places:
        material = context.materials[places["material"]]
        return material.bank, material.masks, *material.parts(spec["seed"])
    parts = context.split.parts(spec["fold"], spec["seed"], spec["fraction"])
    return context.bank, context.masks[places["masks"]], parts.train, parts.validation


def untrained(step: Step, context: Context) -> LoadedUNet:
    """The U-Net before its training: from its start, or from the step it goes on from."""
    spec = step.spec
    weights = {**spec, **step.places}.get("weights", "random")
    loaded = build_unet(spec["network"], weights, len(spec["structures"]), seed=spec["seed"])
    for parent in step.parents:
        loaded = goes_on_from(parent, loaded, context)
    return loaded


def trained(step: Step, context: Context) -> LoadedUNet:
    """The U-Net of a finished step, in evaluation mode.

    Weights that were dropped, since another trial was the best, are trained again.
    """
    path = step.folder(context.steps) / WEIGHTS
    if not path.exists():
        KIND.perform(step, context)
    loaded = untrained(step, context)
    loaded.network.load_state_dict(load_file(path))
    loaded.network.eval()
    return loaded


def goes_on_from(parent: Step, loaded: LoadedUNet, context: Context) -> LoadedUNet:
    """A U-Net with the weights that `parent` trained, and where they come from."""
    learned = trained(parent, context)
    carry_over(learned.network.state_dict(), loaded.network)
    before, name = learned.provenance, parent.places["material"]
    material = context.materials[name]
    manifest = material.manifest
    told = (
        f"step '{name}': {', '.join(parent.spec['structures'])} on {len(manifest)} images of "
        f"{manifest.origin.name}"
    )
    provenance = replace(
        before,
        name=_after(told, before.name),
        source=_after(material.source or manifest.origin.name, before.source),
        licence=_after(material.licence or "unknown", before.licence),
    )
    return LoadedUNet(loaded.network, provenance)


def _after(own: str, before: str) -> str:
    return f"{own}; before that {before}" if before else own


KIND = Segment()

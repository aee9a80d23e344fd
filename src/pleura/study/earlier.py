"""Steps before the recipes as planners make them, and segmentations of the recipes' own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import nn

from pleura.data.mask_bank import MaskBank
from pleura.files import digest_of
from pleura.models.build import build_backbone
from pleura.models.sources.listed import name_of
from pleura.study.context import Context
from pleura.study.draw import Draw
from pleura.study.needs import network_of
from pleura.study.recipe import Recipe
from pleura.study.sections import Named
from pleura.study.segmentation_schema import SegmentationRecipe
from pleura.study.step import Step, Steps
from pleura.study.step_graph import places_of, weights_key
from pleura.study.step_sections import SegmentationStep, SegmentationTraining, SelfSupervisedStep
from pleura.study.steps.listed import make_step
from pleura.wording import count

Spec = dict[str, Any]


@dataclass(frozen=True)
class EarlierSteps:
    """The segmentations of a study's `steps` section, by name and seed; each is trained once."""

    sections: Mapping[str, SegmentationStep]
    context: Context
    precision: Mapping[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.sections

    def structures(self, network: Named) -> int:
        """Structures of the first step with this network, so that twins have equally many; or 1."""
        for name, section in self.sections.items():
            if section.network == network:
                return len(self.context.materials[name].masks.structures)
        return 1

    def step(self, name: str, seed: int) -> Step:
        """The training of a step, and of those that it starts from."""
        section, material = self.sections[name], self.context.materials[name]
        train, validation = material.parts(seed)
        images = {
            "bank": material.bank.key,
            "train": digest_of(train.tolist()),
            "validation": digest_of(validation.tolist()),
            "seed": seed,
        }
        how = {"precision": self.precision[f"steps.{name}"], "value": section.rate}
        title, masks, places = f"step {name}, seed {seed}", material.masks, {"material": name}
        return self.segment(title, section, section.training, images, masks, masks, how, places)

    def segment(
        self,
        title: str,
        section: SegmentationStep | SegmentationRecipe,
        training: SegmentationTraining,
        images: Mapping[str, Any],
        masks: MaskBank,
        judges: MaskBank,
        how: Mapping[str, Any],
        places: Mapping[str, str],
    ) -> Step:
        """One training of the U-Net of a `section` on `masks`; `images` say which rows of which
        bank train and validate, and the seed; `judges` are the masks whose structures choose among
        epochs and trials; `how` is the precision, and as `value` the learning rate."""
        parents = self.before(section.weights, images["seed"])
        start = {} if parents else weights_key(section.weights)
        spec = {
            **images,
            **start,
            "network": section.network,
            "masks": masks.key,
            "judges": judges.key,
            "structures": list(masks.structures),
            "freeze": section.freeze,
            "loss": training.loss,
            "augmentation": training.augmentation.model_dump() if section.augmented else None,
            "settings": training.as_spec(),
            **training.beside(),
            **how,
        }
        where = {} if parents else places_of(section.weights)
        return make_step("segment", title, spec, *parents, places={**places, **where})

    def before(self, weights: str, seed: int) -> Steps:
        """The step that `weights` name, as parents of a training; none for other weights."""
        return (self.step(weights, seed),) if weights in self else ()

    def reversed(
        self, name: str, recipe: Recipe, draw: Draw, rates: Sequence[float], training: Spec
    ) -> Steps:
        """Trials of a classifier made out of a U-Net: each head at each of the learning `rates`;
        `training` is the part of a spec that tells how classifiers train."""
        assert recipe.network is not None
        parents = self.before(recipe.weights, draw.seed)
        if parents:
            structures, start = len(parents[0].spec["structures"]), dict[str, str]()
        else:
            structures, start = self.structures(recipe.network), weights_key(recipe.weights)
        spec = {
            **draw.spec,
            **start,
            "network": recipe.network,
            "structures": structures,
            "freeze": recipe.freeze,
            "precision": self.precision[network_of(recipe)],
            **training,
        }
        return tuple(
            make_step(
                "reverse",
                f"{name}, {draw.title}, {head}, learning rate {value:g}",
                {**spec, "head": head, "value": value},
                *parents,
                places={} if parents else places_of(recipe.weights),
            )
            for value in rates
            for head in recipe.heads
        )


@dataclass(frozen=True)
class Pretrainings:
    """The self-supervised steps of a study's `steps` section, in any order after one another."""

    sections: Mapping[str, SelfSupervisedStep]
    context: Context
    precision: Mapping[str, str]

    def chain(
        self, names: Sequence[str], backbone: str, weights: str, draw: Draw, epochs: int | None
    ) -> Steps:
        """The last of a chain of trainings, as parents of what follows; none for no names.

        Each goes on from the one before it, the first from `weights`. `epochs` shortens them.
        """
        last: Steps = ()
        for name in names:
            last = (self._step(name, backbone, weights, draw, epochs, last),)
        return last

    def _step(
        self, name: str, backbone: str, weights: str, draw: Draw, epochs: int | None, before: Steps
    ) -> Step:
        section, pool = self.sections[name], self.context.pools[name]
        train, watched = pool.parts(draw.seed, draw.fold)
        settings = section.training.as_spec()
        if epochs is not None:
            settings |= {"epochs": min(epochs, settings["epochs"]), "min_steps": 1}
        spec = {
            "banks": [bank.key for bank in pool.banks],
            "train": digest_of(train.tolist()),
            "validation": digest_of(watched.tolist()),
            "labels": digest_of(pool.labels.tolist()),
            "seed": draw.seed,
            "backbone": backbone,
            **weights_key(weights),
            "method": section.method,
            "views": section.views.model_dump(mode="json"),
            "size": pool.banks[0].size,
            "settings": settings,
            "precision": self.precision[f"steps.{name}/{backbone}"],
            "value": section.rate,
        }
        if self.context.devices.all > 1 and _has_batchnorm(backbone):
            # Each device normalises its own images: another number of devices learns otherwise.
            spec["devices"] = self.context.devices.all
        # Where no image of the pool is of a patient of the study, one training serves all folds.
        several = self.context.split.folds > 1 and len(pool.left_out(draw.seed, draw.fold)) > 0
        folds = f", fold {draw.fold}" if several else ""
        chain = f"{before[0].places['chain'] if before else name_of(weights)} > {name}"
        short = f", {count(settings['epochs'], 'epoch')}" if epochs is not None else ""
        places = {
            "pool": name,
            "fold": str(draw.fold),
            "chain": chain,
            "epochs": str(section.training.epochs),  # of the training in full
            **places_of(weights),
        }
        title = f"{chain} ({backbone}), seed {draw.seed}{folds}{short}"
        return make_step("selfsup", title, spec, *before, places=places)


@cache
def _has_batchnorm(backbone: str) -> bool:
    with torch.device("meta"):
        modules = build_backbone(backbone, "random", channels=3).backbone.modules()
        return any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in modules)

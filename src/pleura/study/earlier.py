"""Steps of segmentation as planners make them: those before the recipes, and the recipes' own."""

from collections.abc import Mapping
from typing import Any

from pleura.data.mask_bank import MaskBank
from pleura.files import digest_of
from pleura.study.context import Context
from pleura.study.planned import places_of, planned, start_of
from pleura.study.sections import Earlier, Named, SegmentationTraining
from pleura.study.step import Step
from pleura.train.loop import FitSettings


class EarlierSteps:
    """The steps of a study's `steps` section, by name and seed; each is trained once."""

    def __init__(
        self, steps: Mapping[str, Earlier], context: Context, precision: Mapping[str, str]
    ) -> None:
        self.sections, self.context, self.precision = steps, context, precision

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
        return segment(
            f"step {name}, seed {seed}",
            images,
            material.masks,
            material.masks,
            network=section.network,
            weights=section.weights,
            freeze=section.freeze,
            training=section.training,
            augmented=section.augmented,
            rate=section.rate,
            precision=self.precision[f"steps.{name}"],
            earlier=self,
            places={"material": name},
        )

    def before(self, weights: str, seed: int) -> tuple[Step, ...]:
        """The step that `weights` name, as parents of a training; none for other weights."""
        return (self.step(weights, seed),) if weights in self else ()


def segment(
    title: str,
    images: Mapping[str, Any],
    masks: MaskBank,
    judges: MaskBank,
    *,
    network: Named,
    weights: str,
    freeze: Named,
    training: SegmentationTraining,
    augmented: bool,
    rate: float,
    precision: str,
    earlier: EarlierSteps,
    places: Mapping[str, str],
) -> Step:
    """One training of a U-Net on `masks`; `images` say which rows of which bank train and
    validate, `judges` are the masks whose structures choose among epochs and trials."""
    parents = earlier.before(weights, images["seed"])
    start = {} if parents else start_of(weights)
    spec = {
        **images,
        **start,
        "network": network,
        "masks": masks.key,
        "judges": judges.key,
        "structures": list(masks.structures),
        "freeze": freeze,
        "loss": training.loss,
        "augmentation": training.augmentation.model_dump() if augmented else None,
        "settings": training.model_dump(mode="json", include=set(FitSettings.model_fields)),
        "precision": precision,
        "value": rate,
    }
    where = {} if parents else places_of(weights)
    return planned("segment", title, spec, *parents, places={**places, **where})

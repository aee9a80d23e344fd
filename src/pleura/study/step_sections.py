"""What is trained before the recipes: segmentations, and pretraining without labels."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from pleura.data.augment_settings import Augmentation
from pleura.data.mask_values import Masks
from pleura.data.view_settings import Views
from pleura.study.image_training import ImageTraining
from pleura.study.refusals import no_mixup, no_smoothing
from pleura.study.section import Section
from pleura.study.sections import Data, Named, NetworkTraining
from pleura.tasks.losses import Loss

Strangers = Annotated[
    bool, Field(description="patients named as in the study's data are other people")
]


class SegmentationData(Data):
    """Images with masks."""

    masks: Masks


class SegmentationTraining(ImageTraining):
    """How a U-Net trains; the optimiser's side is described at FitSettings."""

    batch_size: int = Field(16, ge=2, description="images")
    loss: Annotated[
        Loss, no_smoothing("of a mask, what is uncertain lies at borders and not everywhere")
    ] = "dice_cross_entropy"
    augmentation: Annotated[
        Augmentation, no_mixup("of two images laid over one another, each pixel has two masks")
    ] = Augmentation()
    precision: Literal["auto", "fp32", "bf16"] = "auto"


class SegmentationStep(Section):
    """A segmentation that is learned before the recipes, which start from its weights by name."""

    task: Literal["segmentation"]
    data: SegmentationData
    validation: float = Field(0.2, gt=0, lt=1, description="share of the patients")
    network: Named
    weights: str = "random"
    freeze: Named = "none"
    augmented: bool = True
    rate: float = Field(1e-3, gt=0)
    strangers: Strangers = False
    training: SegmentationTraining = SegmentationTraining()


class Pretraining(NetworkTraining):
    """How a backbone is pretrained; the optimiser's side is described at FitSettings.

    The weights of the last epoch are kept: no label chooses among them.
    """

    epochs: int = Field(30, ge=1, description="passes over the images")
    min_steps: int = Field(1, ge=1, description="more epochs are made where these would be fewer")
    batch_size: int = Field(64, ge=4, description="images, on all devices together")
    precision: Literal["auto", "fp32", "bf16"] = "auto"

    @field_validator("ema")
    @classmethod
    def _no_average(cls, ema: float | None) -> float | None:
        if ema is not None:
            raise ValueError(
                "goes with trainings on labels or masks; of methods without labels those that gain "
                "by an average, such as byol, moco and dino, keep one of their own"
            )
        return ema


class UnlabelledData(Data):
    """Images to learn from without their labels, where they have any."""

    strangers: Strangers = False


class SelfSupervisedStep(Section):
    """What a backbone learns from images without their labels; a recipe's curriculum names it."""

    task: Literal["selfsup"]
    method: Named = Field(description="a name of `pleura list methods`, or {name: {option: value}}")
    data: list[UnlabelledData] = Field([], description="one or several sections of data")
    own: bool = Field(
        False, description="the study's own images, too; these alone where data names none"
    )
    validation: float = Field(0.1, gt=0, lt=1, description="share of the patients that is watched")
    views: Views = Views()
    rate: float = Field(1e-3, gt=0)
    transductive: bool = Field(
        False, description="images that test may be among these; the report says so in red"
    )
    training: Pretraining = Pretraining()

    @field_validator("data", mode="before")
    @classmethod
    def _as_list(cls, given: Any) -> Any:
        return [given] if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _one_size(self) -> "SelfSupervisedStep":
        if len({data.size for data in self.data}) > 1:
            raise ValueError("data: all images need one size")
        return self


EarlierStep = Annotated[SegmentationStep | SelfSupervisedStep, Field(discriminator="task")]

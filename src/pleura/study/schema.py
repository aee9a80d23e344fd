"""The study file of a classification: typed, every key known."""

from typing import Any, Literal

from pydantic import Field, model_validator

from pleura.data.augment import Augmentation
from pleura.study.sections import (
    Data,
    Grid,
    Name,
    Named,
    RecipeBase,
    StudyBase,
    Tune,
)
from pleura.train.loop import FitSettings


class Training(FitSettings):
    """How networks train; the optimiser's side is described at FitSettings."""

    augmentation: Augmentation | None = Augmentation()
    class_weights: Literal["balanced", "none"] = "balanced"
    precision: Literal["auto", "fp32", "bf16"] = "auto"


class PenaltyTune(Tune):
    """Values tried on validation: the same number for every recipe and pixel baseline."""

    penalties: Grid = Field([0.1, 1.0, 10.0])

    @model_validator(mode="after")
    def _equal_budgets(self) -> "PenaltyTune":
        if len(self.rates) != len(self.penalties):
            raise ValueError("rates and penalties need the same number of values")
        return self


class Recipe(RecipeBase):
    """One way of transferring knowledge: where parameters start and what is trained."""

    backbone: str = Field("", description="a name of `pleura list backbones`, or of timm")
    network: Named | None = Field(
        None, description="a U-Net that becomes a classifier, such as x_unet: instead of backbone"
    )
    heads: list[Literal["logits", "decoder", "bottleneck", "scales"]] = Field(
        ["logits", "decoder", "bottleneck", "scales"],
        min_length=1,
        description="what of a U-Net is pooled; the best on validation is taken",
    )
    freeze: Named = Field("none", description="of a U-Net: its freezing plan")
    weights: str = "imagenet"
    strategy: str | dict[str, dict[str, Any] | None] = Field(
        "fine_tuning", description="a name, or {name: {option: value}}"
    )

    @model_validator(mode="after")
    def _one_network(self) -> "Recipe":
        if bool(self.backbone) == (self.network is not None):
            raise ValueError("give either backbone or network (a U-Net that becomes a classifier)")
        fields = type(self).model_fields
        names = ("heads", "freeze") if self.network is None else ("strategy",)
        for name in names:
            if getattr(self, name) != fields[name].get_default():
                other = "network" if self.network is None else "backbone"
                raise ValueError(f"{name}: goes with {other} only")
        return self


class ClassifiedData(Data):
    """Images with labels, and what else is known of them."""

    flags: dict[Name, Name] = Field(
        {}, description="structure that a step segments: column that says whether it is there"
    )


class StudyFile(StudyBase):
    """Which class an image is of, and the recipes compared on it."""

    task: Literal["classification"] = "classification"
    data: ClassifiedData
    metric: Literal["auroc", "auprc", "accuracy", "balanced_accuracy", "f1"] = "auroc"
    recipes: dict[Name, Recipe] = Field(min_length=1, description="one at least")
    training: Training = Training()
    tune: PenaltyTune = PenaltyTune()

    @model_validator(mode="after")
    def _of_its_task(self) -> "StudyFile":
        for name, recipe in self.recipes.items():
            if name.startswith("pixels:"):
                raise ValueError(f"recipes: '{name}' is a name of the pixel baselines")
            if recipe.weights in self.steps and recipe.network is None:
                raise ValueError(f"recipes.{name}: weights of a segmentation need network")
        return self

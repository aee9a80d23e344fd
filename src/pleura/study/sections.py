"""What the study files of every task share: data, split, and what is trained before the recipes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pleura.data.augment import Augmentation
from pleura.data.mask_bank import Masks
from pleura.errors import nearest
from pleura.tasks.segmentation import Loss
from pleura.train.loop import FitSettings

Name = Annotated[str, Field(min_length=1, max_length=80)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
STARTS = ("random", "imagenet")
Named = str | dict[str, Any]
"""A name, or `{name: {option: value}}`."""


def _none_twice(values: list[float]) -> list[float]:
    if len(set(values)) < len(values):
        raise ValueError("a value stands there twice")
    return values


# The pixel baselines have six values of their knobs to try.
Grid = Annotated[
    list[Annotated[float, Field(gt=0)]],
    Field(min_length=1, max_length=6),
    AfterValidator(_none_twice),
]


class Section(BaseModel):
    """A part of the study file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Data(Section):
    """Which images, how they are named, and the size at which they are decoded."""

    manifest: Path = Field(description="a CSV file, a folder of class folders, or an .npz archive")
    columns: dict[str, str] = Field({}, description="our column name: the file's")
    where: dict[str, str | list[str]] = Field({}, description="column: pattern or patterns")
    classes: list[Name] | None = Field(None, min_length=2, description="labels to keep")
    patients: int | None = Field(
        None, ge=2, description="at most so many of each label, source and part, for a quick try"
    )
    labels: dict[Name, list[str]] = Field({}, description="labels that count as one: {new: [old]}")
    size: int = Field(224, ge=16, le=2048, description="side of the square images, pixels")
    fit: Literal["crop", "pad"] = "crop"
    image_is_patient: bool = False
    same_image: Literal["refuse", "merge"] = "refuse"
    source: str = ""
    licence: str = ""


class SplitRule(Section):
    """Which patients train, validate and test."""

    test: str | Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="a column with train and test, or the share of patients that test"
    )
    folds: int | None = Field(None, ge=2)
    validation: float = Field(0.2, gt=0, lt=1)
    rules: dict[str, Annotated[float, Field(gt=0, lt=1)] | Literal["train", "test"]] = {}
    seed: Seed = 0

    @model_validator(mode="after")
    def _one_way(self) -> "SplitRule":
        if (self.test is None) == (self.folds is None):
            raise ValueError("give either test (a column or a fraction) or folds")
        return self


class SegmentationData(Data):
    """Images with masks."""

    masks: Masks


class SegmentationTraining(FitSettings):
    """How a U-Net trains; the optimiser's side is described at FitSettings."""

    batch_size: int = Field(16, ge=2, description="images")
    loss: Loss = "dice_cross_entropy"
    augmentation: Augmentation = Augmentation()
    precision: Literal["auto", "fp32", "bf16"] = "auto"


class Earlier(Section):
    """A segmentation that is learned before the recipes, which start from its weights by name."""

    task: Literal["segmentation"]
    data: SegmentationData
    validation: float = Field(0.2, gt=0, lt=1, description="share of the patients")
    network: Named
    weights: str = "random"
    freeze: Named = "none"
    augmented: bool = True
    rate: float = Field(1e-3, gt=0)
    strangers: bool = Field(
        False, description="patients named as in the study's data are other people"
    )
    training: SegmentationTraining = SegmentationTraining()


class RecipeBase(Section):
    """What the recipes of every task have."""

    weights: str = Field(
        "random", description="random, imagenet, a file, or the name of one of the steps"
    )
    rates: Grid | None = None
    missing_weights: Literal["refuse", "random"] = Field(
        "refuse", description="random: where a download fails, run from random weights, not ranked"
    )
    ranked: bool = Field(True, description="false: run and shown, but compared with nothing")


class Tune(Section):
    """Values tried on validation: the same number for every recipe."""

    rates: Grid = [5e-4, 1.5e-3, 5e-3]


class StudyBase(Section):
    """One question, the data, and the recipes compared on it.

    What `base` holds is the default of every recipe: `base: {backbone: resnet50}`.
    """

    question: str = Field(min_length=1, max_length=300)
    data: Data
    split: SplitRule
    seeds: list[Seed] | dict[float, list[Seed]] = Field(
        [0, 1, 2], description="such as [0, 1, 2], or {0.1: [0, 1, 2], 1.0: [0]}"
    )
    fractions: list[Annotated[float, Field(gt=0, le=1)]] = Field(
        [1.0], min_length=1, description="5 % is 0.05"
    )
    reference: Name = Field(description="the recipe that all others are compared with")
    margin: float = Field(0.01, ge=0, lt=1)
    level: float = Field(0.95, gt=0.5, lt=1)
    steps: dict[Name, Earlier] = Field({}, description="trained before the recipes")
    recipes: Mapping[Name, RecipeBase] = Field(min_length=1, description="one at least")
    tune: Tune = Tune()

    @model_validator(mode="before")
    @classmethod
    def _on_base(cls, content: Any) -> Any:
        """Give every recipe what `base` holds and it does not."""
        if not isinstance(content, Mapping) or "base" not in content:
            return content
        base, recipes = content["base"], content.get("recipes")
        if not isinstance(base, Mapping) or not isinstance(recipes, Mapping):
            raise ValueError("base: keys that all recipes share, such as {backbone: resnet50}")
        given = {key: value for key, value in content.items() if key != "base"}
        given["recipes"] = {
            name: {**base, **(recipe or {})} if isinstance(recipe, Mapping | None) else recipe
            for name, recipe in recipes.items()
        }
        return given

    @model_validator(mode="after")
    def _drawn(self) -> "StudyBase":
        if isinstance(self.seeds, dict) and set(self.seeds) != set(self.fractions):
            raise ValueError("seeds: when given per fraction, name each of the fractions")
        for fraction in self.fractions:
            seeds = self.seeds_at(fraction)
            if not seeds or len(set(seeds)) != len(seeds):
                raise ValueError("seeds: at least one, none twice")
        for name, step in self.steps.items():
            if name in STARTS:
                raise ValueError(f"steps: '{name}' cannot be a step's name, it names weights")
            before = list(self.steps)[: list(self.steps).index(name)]
            if step.weights in self.steps and step.weights not in before:
                raise ValueError(f"steps.{name}.weights: '{step.weights}' must come before it")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> "StudyBase":
        if self.reference not in self.recipes:
            raise ValueError(
                f"reference: '{self.reference}' is not among the recipes"
                f"{nearest(self.reference, self.recipes)}"
            )
        if not self.recipes[self.reference].ranked:
            raise ValueError(f"reference: '{self.reference}' is not ranked")
        for name, recipe in self.recipes.items():
            if recipe.rates is not None and len(recipe.rates) != len(self.tune.rates):
                raise ValueError(
                    f"recipes.{name}.rates: every recipe gets the same number of trials, "
                    f"{len(self.tune.rates)}"
                )
        return self

    def seeds_at(self, fraction: float) -> list[int]:
        """The seeds drawn at a label fraction."""
        return self.seeds[fraction] if isinstance(self.seeds, dict) else self.seeds

    def rates_of(self, recipe: RecipeBase) -> list[float]:
        """The learning rates tried for a recipe, smallest first."""
        return sorted(recipe.rates or self.tune.rates)

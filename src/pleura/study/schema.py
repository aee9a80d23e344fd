"""The study file of a classification: typed, every key known."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from pleura.averages import ENSEMBLE, MIRRORED, is_average
from pleura.data.augment_settings import Augmentation
from pleura.data.names import word_key
from pleura.data.rule import ENSEMBLES, SETS
from pleura.errors import InputError, nearest
from pleura.evaluate.metrics import METRICS
from pleura.options import TableName
from pleura.study.countermeasures import Countermeasures, wrong_countermeasures
from pleura.study.distillation import teachers_of, wrong_distillation
from pleura.study.image_training import ImageTraining
from pleura.study.recipe import Recipe
from pleura.study.sections import (
    Data,
    Ensembles,
    Grid,
    LungMasks,
    MirrorImages,
    Name,
    RecipeBase,
    Sets,
    Tune,
)
from pleura.study.study_base import StudyBase

if TYPE_CHECKING:
    PrimaryMetric = str
else:
    PrimaryMetric = Literal[tuple(metric.name for metric in METRICS.values() if metric.primary)]


Losses = Mapping[str, Mapping[str, tuple[float, float]]]
"""Losses by name, with the least and the greatest value of each of their options."""


class Training(Countermeasures, ImageTraining):
    """How networks train; the optimiser's side is described at FitSettings.

    losses: those that a task has. unnamed: the one that the spec of a training leaves out.
    """

    losses: ClassVar[Losses] = {"cross_entropy": {"smoothing": (0.0, 0.5)}}
    unnamed: ClassVar[str | None] = "cross_entropy"

    augmentation: Augmentation | None = Augmentation()
    class_weights: Literal["balanced", "none"] = "balanced"
    loss: str | dict[str, dict[str, float]] = Field(
        "cross_entropy", description="a name, or {name: {option: value}}"
    )
    precision: Literal["auto", "fp32", "bf16"] = "auto"

    @field_validator("loss")
    @classmethod
    def _known_loss(cls, loss: Any) -> Any:
        options = {loss: {}} if isinstance(loss, str) else loss
        if len(options) != 1:
            raise ValueError("give one loss: a name, or {name: {option: value}}")
        ((name, values),) = options.items()
        if name not in cls.losses:
            raise ValueError(f"no loss '{name}'{nearest(name, cls.losses)}")
        limits = cls.losses[name]
        for option, value in values.items():
            if option not in limits:
                raise ValueError(f"{name} has no option '{option}'{nearest(option, limits)}")
            low, high = limits[option]
            if not low <= value <= high:
                raise ValueError(f"{name}.{option} goes from {low:g} to {high:g}, not {value:g}")
        return loss

    def loss_spec(self) -> dict[str, Any]:
        """What the spec of a training says of its loss."""
        return {} if self.loss in (self.unnamed, {self.unnamed: {}}) else {"loss": self.loss}

    def images_spec(self) -> dict[str, Any]:
        """What the spec of a training says of how it sees images, and of what a whole network has
        besides."""
        augmentation = self.augmentation.model_dump() if self.augmentation else None
        return {"augmentation": augmentation, **self.beside()}


class PenaltyTune(Tune):
    """Values tried on validation: the same number for every recipe and pixel baseline."""

    penalties: Grid = Field([0.1, 1.0, 10.0])

    def tried(self) -> Mapping[str, Sequence[float]]:
        return {**super().tried(), "penalties": self.penalties}


class ClassifiedData(Data):
    """Images with labels, and what else is known of them."""

    flags: dict[Name, TableName] = Field(
        {}, description="structure that a step segments: column that says whether it is there"
    )
    lungs: LungMasks | None = Field(
        None,
        description="given: by the column lung_mask; or {masker: folder of a model}; or "
        "{study: file of the study that trains one}, with {crop: 0.05} to crop images to them",
    )

    @field_validator("lungs", mode="before")
    @classmethod
    def _given(cls, lungs: Any) -> Any:
        if isinstance(lungs, Mapping) and "given" in lungs:
            raise ValueError("given stands alone: write lungs: given")
        return {} if lungs == "given" else lungs


def _asked(given: Any) -> Any:
    """`true` for ensembles as they are by default, `false` for none."""
    return (Ensembles() if given else None) if isinstance(given, bool) else given


Share = Annotated[float, Field(gt=0, lt=1)]


class StudyFile(StudyBase):
    """Which class an image is of, and the recipes compared on it."""

    task: str = "classification"
    data: ClassifiedData
    metric: PrimaryMetric = "auroc"
    prevalence: Share | dict[TableName, Share] | None = Field(
        None, description="share of a class where the model is to be used: {ill: 0.02}"
    )
    sets: Sets | None = Field(None, description="prediction sets, such as {coverage: 0.9}")
    ensembles: Annotated[Ensembles | None, BeforeValidator(_asked)] = Field(
        None, description="true: the trainings of each recipe, one a seed, averaged"
    )
    mirrored: bool | MirrorImages = Field(
        False, description="true: each network also averaged over images and mirror images"
    )
    recipes: dict[Name, Recipe] = Field(min_length=1, description="one at least")
    training: Training = Training()
    tune: PenaltyTune = PenaltyTune()
    gives_probabilities: ClassVar[bool] = True
    """Whether a network of the task gives probabilities, which a teacher hands over."""

    @property
    def lungs(self) -> LungMasks | None:
        return self.data.lungs

    @property
    def aside(self) -> dict[str, float]:
        parts = {SETS: self.sets.patients} if self.sets else {}
        if self.ensembles and self.ensembles.calibration:
            parts[ENSEMBLES] = self.ensembles.calibration
        return parts

    @property
    def coverage(self) -> float | None:
        return self.sets.coverage if self.sets else None

    @property
    def extras(self) -> tuple[str, ...]:
        return tuple(self.data.flags.values())

    @model_validator(mode="after")
    def _shares(self) -> "StudyFile":
        if not self.data.one_label or self.prevalence is None:
            return self
        if not isinstance(self.prevalence, dict):
            raise ValueError("prevalence: name the class that it is the share of: {ill: 0.02}")
        if sum(self.prevalence.values()) > 1 + 1e-9:
            raise ValueError("prevalence: the shares of classes are more than 1 together")
        return self

    @model_validator(mode="after")
    def _against_shortcuts(self) -> "StudyFile":
        if problems := wrong_countermeasures(
            self.training,
            self.recipes,
            one_class=self.data.one_label,
            lungs=self.lungs is not None,
            alone=bool(self.lungs and self.lungs.alone),
            mixed=bool(self.training.augmentation and self.training.augmentation.mixup),
        ):
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _taught(self) -> "StudyFile":
        if problems := wrong_distillation(
            self.training,
            self.recipes,
            probabilities=self.gives_probabilities,
            mixed=bool(self.training.augmentation and self.training.augmentation.mixup),
            budget=self.budget is not None,
        ):
            raise ValueError("; ".join(problems))
        return self

    def is_transductive(self, recipe: RecipeBase) -> bool:
        """Whether a recipe, or one of its teachers, may have seen images that test."""
        name = next((each for each, of in self.recipes.items() if of is recipe), "")
        every = [recipe, *(self.recipes[each] for each in teachers_of(name, self.recipes))]
        return any(super(StudyFile, self).is_transductive(each) for each in every)

    @model_validator(mode="after")
    def _of_seeds(self) -> "StudyFile":
        if self.ensembles and all(len(self.seeds_at(each)) < 2 for each in self.fractions):
            raise ValueError(
                "ensembles: two seeds or more are needed at a fraction of the labels; name them, "
                "as in seeds: [0, 1, 2]"
                + (
                    ". An ensemble of folds could be judged only on patients outside all folds, "
                    "and there are none"
                    if self.split.folds
                    else ""
                )
            )
        if self.ensembles and self.handed_over == MIRRORED and self.ensembles.hand_over:
            raise ValueError(
                "mirrored.hand_over: an ensemble is handed over already (ensembles.hand_over), and "
                "it averages what is said of images as they are; ask for one of the two"
            )
        if self.handed_over == ENSEMBLE and len(self.seeds_at(max(self.fractions))) < 2:
            raise ValueError(
                "ensembles.hand_over: the model handed over is of the largest fraction, which has "
                "one seed; give it two or more"
            )
        return self

    @property
    def handed_over(self) -> str:
        if isinstance(self.mirrored, MirrorImages) and self.mirrored.hand_over:
            return MIRRORED
        return ENSEMBLE if self.ensembles and self.ensembles.hand_over else ""

    def prevalence_of(self, classes: Sequence[str]) -> dict[str, float]:
        given = self.prevalence
        if given is None or isinstance(given, float):
            return {} if given is None else dict.fromkeys(classes, given)
        for name in given:
            if name not in classes:
                raise InputError(f"prevalence: no class is called '{name}'{nearest(name, classes)}")
        whole = sum(given.values())
        if self.data.one_label and (len(given) == len(classes)) != (abs(whole - 1) < 1e-6):
            raise InputError(
                f"prevalence: the shares of all classes must be 1 together, not {whole:g}; leave "
                "classes out to give them what is left"
            )
        return given

    @model_validator(mode="after")
    def _of_its_task(self) -> "StudyFile":
        structures = [
            structure for step in self.segmentations.values() for structure in step.data.masks.names
        ]
        for name in self.data.flags:
            if self.steps and word_key(name) not in map(word_key, structures):
                raise ValueError(
                    f"data.flags: no step segments '{name}'{nearest(name, structures)}"
                )
        for name, recipe in self.recipes.items():
            if name.startswith("pixels:"):
                raise ValueError(f"recipes: '{name}' is a name of the pixel baselines")
            if (self.ensembles or self.mirrored) and is_average(name):
                raise ValueError(f"recipes: '{name}' is a name of averaged trainings; give another")
            if recipe.weights in self.pretrainings:
                raise ValueError(
                    f"recipes.{name}.weights: '{recipe.weights}' is learned without labels; write "
                    f"curriculum: [{recipe.weights}], and what comes before it as weights"
                )
            if recipe.weights in self.steps and recipe.network is None:
                raise ValueError(f"recipes.{name}: weights of a segmentation need network")
            chain = recipe.curriculum_of(self.pretrainings)
            for step in chain:
                if step not in self.pretrainings:
                    raise ValueError(
                        f"recipes.{name}.curriculum: no self-supervised step is called '{step}'"
                        f"{nearest(step, self.pretrainings)}"
                    )
            if twice := sorted({step for step in chain if chain.count(step) > 1}):
                raise ValueError(f"recipes.{name}.curriculum: '{twice[0]}' stands there twice")
            if recipe.search and not chain:
                raise ValueError(f"recipes.{name}.curriculum: there are no self-supervised steps")
        if self.is_transductive(self.recipes[self.reference]):
            raise ValueError(
                f"reference: '{self.reference}' learns from images that test (transductive) and "
                "cannot be ranked"
            )
        return self

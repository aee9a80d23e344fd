"""What the study files of every task share as wholes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from pleura.data.mask_values import Masks
from pleura.data.rule import Fractions, Seed, SplitRule
from pleura.data.subgroup_column import SubgroupColumn
from pleura.errors import nearest
from pleura.models.sources.listed import find_named
from pleura.options import TableName
from pleura.study.budget.asked import Budget
from pleura.study.idle_options import idle_options
from pleura.study.image_training import ImageTraining
from pleura.study.section import Section
from pleura.study.sections import (
    STARTS,
    Data,
    LungMasks,
    Name,
    NetworkTraining,
    RecipeBase,
    Tune,
)
from pleura.study.step_sections import EarlierStep, SegmentationStep, SelfSupervisedStep

NO_SUBGROUPS = ("image", "patient", "label", "row")


class ReportSettings(Section):
    """What the page of a study shows."""

    patients: Literal["shown", "hidden"] = Field(
        "shown", description="hidden: names of patients and files are left out of the page"
    )


def no_recipe(reference: str, recipes: Iterable[str]) -> str:
    """What a file that names no recipe as its reference is told."""
    return f"reference: '{reference}' is not among the recipes{nearest(reference, recipes)}"


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
    fractions: Fractions = Field([1.0], description="5 % is 0.05")
    reference: Name = Field(description="the recipe that all others are compared with")
    margin: float = Field(0.01, ge=0, lt=1)
    level: float = Field(0.95, gt=0.5, lt=1)
    steps: dict[Name, EarlierStep] = Field({}, description="trained before the recipes")
    recipes: Mapping[Name, RecipeBase] = Field(min_length=1, description="one at least")
    tune: Tune = Tune()
    subgroups: list[TableName | dict[TableName, list[float]]] = Field(
        [], description="columns to look at results by, such as [sex, {age: [0, 18, 65]}, site]"
    )
    report: ReportSettings = ReportSettings()
    budget: Budget = Field(
        None,
        description="such as 2 h, or cheap, standard, thorough: chooses what the file leaves open "
        "of sizes, epochs, batches, rates, augmentation, precision, trials",
    )
    task: str
    metric: str
    training: NetworkTraining
    in_a_unit: ClassVar[Sequence[str]] = ()
    """Metrics in a unit, such as years or mm, of which the study alone can name a margin."""

    @model_validator(mode="before")
    @classmethod
    def _margin_in_a_unit(cls, content: Any) -> Any:
        metric = content.get("metric") if isinstance(content, Mapping) else ""
        metric = cls.model_fields["metric"].default if metric is None else metric
        return {"margin": 0.0, **content} if metric in cls.in_a_unit else content

    @model_validator(mode="before")
    @classmethod
    def _on_base(cls, content: Any) -> Any:
        """Give every recipe what `base` holds and it does not."""
        if not isinstance(content, Mapping) or "base" not in content:
            return content
        base, recipes = content["base"], content.get("recipes")
        if not isinstance(base, Mapping):
            raise ValueError("base: keys that all recipes share, such as {backbone: resnet50}")
        given = {key: value for key, value in content.items() if key != "base"}
        if not isinstance(recipes, Mapping):
            return given
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
        for name in self.steps:
            if ">" in name:
                raise ValueError(f"steps: '{name}': a step's name cannot hold '>'")
            if name in STARTS or find_named(name):
                raise ValueError(f"steps: '{name}' cannot be a step's name, it names weights")
        for name, step in self.segmentations.items():
            before = list(self.steps)[: list(self.steps).index(name)]
            if step.weights in self.pretrainings:
                raise ValueError(
                    f"steps.{name}.weights: '{step.weights}' learns without labels, and a "
                    "segmentation cannot go on from that"
                )
            if step.weights in self.steps and step.weights not in before:
                raise ValueError(f"steps.{name}.weights: '{step.weights}' must come before it")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> "StudyBase":
        if self.reference not in self.recipes:
            raise ValueError(no_recipe(self.reference, self.recipes))
        if not self.recipes[self.reference].ranked:
            raise ValueError(f"reference: '{self.reference}' is not ranked")
        used = {recipe.strategy_name for recipe in self.recipes.values()}
        if unused := [name for name in self.tune.by_strategy or () if name not in used]:
            raise ValueError(
                f"tune.by_strategy: no recipe has the strategy '{unused[0]}'; name rates of a "
                "single recipe, U-Nets too, in recipes.NAME.rates"
            )
        return self

    @model_validator(mode="after")
    def _equal_trials(self) -> "StudyBase":
        """As many values to try for every recipe; a budget fills in those that are not given."""
        given = self.values_given()
        tried = {f"tune.{key}": len(values) for key, values in self.tune.tried().items()}
        numbers = given if self.budget else {**tried, **given}
        trials = next(iter(numbers.values()), 0)
        for key, number in numbers.items():
            if number != trials:
                of_tune = key in tried
                raise ValueError(
                    "tune: rates and penalties need the same number of values"
                    if of_tune
                    else f"{key}: every recipe gets the same number of trials, {trials}"
                )
        return self

    @model_validator(mode="after")
    def _useful(self) -> "StudyBase":
        recipes = {name: recipe.model_dump() for name, recipe in self.recipes.items()}
        idle = idle_options(self.training.model_dump(), recipes, self.tune.by_strategy or ())
        if problem := next(idle, None):
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _growing_images(self) -> "StudyBase":
        if isinstance(self.training, ImageTraining):
            self.training.refuse_sizes_from(self.data.size)
        for name, step in self.segmentations.items():
            try:
                step.training.refuse_sizes_from(step.data.size)
            except ValueError as error:
                raise ValueError(f"steps.{name}.{error}") from error
        return self

    @field_validator("subgroups")
    @classmethod
    def _divided(cls, given: list[Any]) -> list[Any]:
        columns = [name for each in given for name in ([each] if isinstance(each, str) else each)]
        if twice := sorted({name for name in columns if columns.count(name) > 1}):
            raise ValueError(f"'{twice[0]}' stands there twice")
        if odd := [name for name in columns if name in NO_SUBGROUPS]:
            raise ValueError(
                f"'{odd[0]}' cannot be one, since it is used otherwise; name a column such as sex, "
                "view, site, or a copy of this one under another name"
            )
        for each in given:
            for name, edges in {}.items() if isinstance(each, str) else each.items():
                if not edges or any(low >= high for low, high in pairwise(edges)):
                    raise ValueError(f"{name}: ascending edges, such as [0, 18, 65]")
        return given

    @property
    def subgroup_columns(self) -> list[SubgroupColumn]:
        """The columns that results are looked at by, in their order."""
        columns = []
        for each in self.subgroups:
            edges_of = {each: []} if isinstance(each, str) else each
            columns += [SubgroupColumn(name, tuple(edges)) for name, edges in edges_of.items()]
        return columns

    def values_given(self) -> Mapping[str, int]:
        """How many values the file gives to try, by where it gives them; those of all recipes come
        first."""
        said, own = self.tune.model_fields_set, self.tune.by_strategy or {}
        tried = {f"tune.{k}": len(v) for k, v in self.tune.tried().items() if k in said}
        strategies = {f"tune: by_strategy.{name}": len(rates) for name, rates in own.items()}
        recipes = {
            f"recipes.{name}.rates": len(recipe.rates)
            for name, recipe in self.recipes.items()
            if recipe.rates is not None
        }
        return {**tried, **strategies, **recipes}

    @property
    def lungs(self) -> LungMasks | None:
        """Where the lungs are in the images, where the study says so."""
        return None

    def prevalence_of(self, classes: Sequence[str]) -> Mapping[str, float]:
        """The share of each of the `classes` where the model is to be used, as far as one is given.
        Raises InputError for shares that fit no classes."""
        return {}

    @property
    def aside(self) -> Mapping[str, float]:
        """Parts of the split besides the usual ones: the share of the patients that do not test
        which is kept in each."""
        return {}

    @property
    def coverage(self) -> float | None:
        """How often prediction sets shall hold the truth; None where no sets are asked for."""
        return None

    @property
    def ordered(self) -> bool:
        """Whether the classes are grades, from the least on."""
        return False

    @property
    def handed_over(self) -> str:
        """The kind of average that is handed over, one of `pleura.averages.AVERAGES`; "" where it
        is one training as it is."""
        return ""

    @property
    def masks(self) -> Mapping[str, Masks]:
        """The masks of the study's own images: those that judge by "", those of a recipe by its
        name; none where labels are learned."""
        return {}

    @property
    def extras(self) -> tuple[str, ...]:
        """Columns of the manifest that are needed besides those that every study has."""
        return ()

    def is_transductive(self, recipe: RecipeBase) -> bool:
        """Whether a recipe may have seen images that test, without their labels."""
        steps = self.pretrainings
        return any(steps[name].transductive for name in recipe.curriculum_of(steps))

    def trainings_after_depth(self, backbone: str) -> int:
        """Trainings of one draw that follow probes at the depths of a backbone."""
        return sum(
            len(self.rates_of(recipe)) + search.ending - 1
            for recipe in self.recipes.values()
            if (search := recipe.depth_search) and search.by == "probes"
            if recipe.backbone_name == backbone
        )

    def seeds_at(self, fraction: float) -> list[int]:
        """The seeds drawn at a label fraction."""
        return self.seeds[fraction] if isinstance(self.seeds, dict) else self.seeds

    def rates_of(self, recipe: RecipeBase) -> list[float]:
        """The learning rates tried for a recipe, smallest first."""
        of_strategy = (self.tune.by_strategy or {}).get(recipe.strategy_name)
        return sorted(recipe.rates or of_strategy or self.tune.rates)

    @property
    def segmentations(self) -> dict[str, SegmentationStep]:
        """Those of the `steps` that segment."""
        return {name: it for name, it in self.steps.items() if isinstance(it, SegmentationStep)}

    @property
    def pretrainings(self) -> dict[str, SelfSupervisedStep]:
        """Those of the `steps` that learn without labels."""
        return {name: it for name, it in self.steps.items() if isinstance(it, SelfSupervisedStep)}

"""The study file: typed, every key known, every error with the nearest right name."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pleura.data.augment import Augmentation
from pleura.errors import InputError, nearest
from pleura.study.problems import problems_of, read_yaml
from pleura.train.loop import FitSettings

Name = Annotated[str, Field(min_length=1, max_length=80)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
STARTS = ("random", "imagenet")


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


class Training(FitSettings):
    """How networks train; the optimiser's side is described at FitSettings."""

    augmentation: Augmentation | None = Augmentation()
    class_weights: Literal["balanced", "none"] = "balanced"
    precision: Literal["auto", "fp32", "bf16"] = "auto"


class Tune(Section):
    """Values tried on validation: the same number for every recipe."""

    rates: Grid = [5e-4, 1.5e-3, 5e-3]
    penalties: Grid = [0.1, 1.0, 10.0]

    @model_validator(mode="after")
    def _equal_budgets(self) -> "Tune":
        if len(self.rates) != len(self.penalties):
            raise ValueError("rates and penalties need the same number of values")
        return self


class Recipe(Section):
    """One way of transferring knowledge: where parameters start and what is trained."""

    backbone: Name
    weights: str = "imagenet"
    strategy: str | dict[str, dict[str, Any] | None] = Field(
        "fine_tuning", description="a name, or {name: {option: value}}"
    )
    rates: Grid | None = None
    missing_weights: Literal["refuse", "random"] = Field(
        "refuse", description="random: where a download fails, run from random weights, not ranked"
    )
    ranked: bool = Field(True, description="false: run and shown, but compared with nothing")


class StudyFile(Section):
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
    metric: Literal["auroc", "auprc", "accuracy", "balanced_accuracy", "f1"] = "auroc"
    margin: float = Field(0.01, ge=0, lt=1)
    level: float = Field(0.95, gt=0.5, lt=1)
    recipes: dict[Name, Recipe] = Field(min_length=1, description="one at least")
    training: Training = Training()
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
    def _consistent(self) -> "StudyFile":
        if self.reference not in self.recipes:
            raise ValueError(
                f"reference: '{self.reference}' is not among the recipes"
                f"{nearest(self.reference, self.recipes)}"
            )
        if isinstance(self.seeds, dict) and set(self.seeds) != set(self.fractions):
            raise ValueError("seeds: when given per fraction, name each of the fractions")
        for fraction in self.fractions:
            seeds = self.seeds_at(fraction)
            if not seeds or len(set(seeds)) != len(seeds):
                raise ValueError("seeds: at least one, none twice")
        if not self.recipes[self.reference].ranked:
            raise ValueError(f"reference: '{self.reference}' is not ranked")
        for name, recipe in self.recipes.items():
            if name.startswith("pixels:"):
                raise ValueError(f"recipes: '{name}' is a name of the pixel baselines")
            if recipe.rates is not None and len(recipe.rates) != len(self.tune.rates):
                raise ValueError(
                    f"recipes.{name}.rates: every recipe gets the same number of trials, "
                    f"{len(self.tune.rates)}"
                )
        return self

    def seeds_at(self, fraction: float) -> list[int]:
        """The seeds drawn at a label fraction."""
        return self.seeds[fraction] if isinstance(self.seeds, dict) else self.seeds

    def rates_of(self, recipe: Recipe) -> list[float]:
        """The learning rates tried for a recipe, smallest first."""
        return sorted(recipe.rates or self.tune.rates)


def read_study(path: Path, changes: Sequence[str] = (), *, quick: bool = False) -> StudyFile:
    """Read a YAML study file, apply changes such as `training.epochs=4`, resolve its paths.

    With `quick` those changes come first that the file lists under `quick`, key by key. Paths are
    relative to the file. Raises InputError that lists everything wrong.
    """
    content = read_yaml(path)
    smaller = content.pop("quick", {})
    if not isinstance(smaller, dict) or (quick and not smaller):
        raise InputError(
            f"{path}: has no quick variant; write one: `quick: {{data.patients: 40, seeds: [0]}}`"
        )
    if quick:
        for key, value in smaller.items():
            _set(content, str(key), value, f"{path}: quick: {key}")
    for change in changes:
        _apply(content, change)
    return make_study(content, where=str(path), relative_to=path.parent)


def make_study(content: Mapping[str, Any], *, where: str, relative_to: Path) -> StudyFile:
    """A study from plain objects; `where` names it in messages. Raises InputError."""
    try:
        study = StudyFile.model_validate(content)
    except ValidationError as error:
        raise InputError(
            f"{where}: the study does not fit", problems_of(error, StudyFile)
        ) from error

    def resolved(key: str, path: str | Path) -> Path:
        try:
            return (relative_to / Path(path).expanduser()).resolve()
        # A user who does not exist, a null byte, a name too long.
        except (RuntimeError, ValueError, OSError) as error:
            problem = f"{key}: {str(path)!r} cannot be a path ({error})"
            raise InputError(f"{where}: the study does not fit", [problem]) from error

    def with_file(name: str, recipe: Recipe) -> Recipe:
        if recipe.weights in STARTS:
            return recipe
        key = f"recipes.{name}.weights"
        path = resolved(key, recipe.weights)
        if (meant := get_close_matches(recipe.weights.lower(), STARTS, 1)) and not path.exists():
            problem = f"{key}: there is no file {path}; did you mean '{meant[0]}'?"
            raise InputError(f"{where}: the study does not fit", [problem])
        return recipe.model_copy(update={"weights": str(path)})

    manifest = resolved("data.manifest", study.data.manifest)
    recipes = {name: with_file(name, recipe) for name, recipe in study.recipes.items()}
    data = study.data.model_copy(update={"manifest": manifest})
    return study.model_copy(update={"data": data, "recipes": recipes})


def dump_study(study: StudyFile) -> str:
    """The resolved study as YAML, defaults included."""
    return yaml.safe_dump(study.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _apply(content: dict[str, Any], change: str) -> None:
    name, equals, text = change.partition("=")
    if not equals or not name:
        raise InputError(f"--set {change}: write it as key.key=value")
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(f"--set {change}: the value is not readable as YAML") from error
    _set(content, name, value, f"--set {change}")


def _set(content: dict[str, Any], name: str, value: Any, where: str) -> None:
    """Set what a key such as `training.epochs` names; `where` stands in messages."""
    *path, last = name.split(".")
    here = content
    for key in path:
        inner = here.setdefault(key, {})
        if not isinstance(inner, dict):
            raise InputError(f"{where}: '{key}' holds a value, not further keys")
        here = inner
    here[last] = value

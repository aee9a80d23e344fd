"""A finished study as its sections see it: what its folder holds, and what that shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Generic, TypeVar

import pandas as pd

from pleura.evaluate.compare import compare
from pleura.report.findings import Estimate, Findings
from pleura.report.folder import Folder
from pleura.report.numbers import Metric

F = TypeVar("F", bound=Folder)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Judged:
    """`findings` is on the primary measure, in the numbers that the page writes; `summary` and
    `comparisons` are the tables of `evaluate` that are saved beside the page; `measures` are all
    that can be the primary one, by name."""

    findings: Findings
    measures: Mapping[str, Metric]
    summary: pd.DataFrame
    comparisons: pd.DataFrame
    compare: Callable[..., pd.DataFrame] = compare  # what made the comparisons


@dataclass(frozen=True)
class Model(Generic[F]):
    """The model that is handed over, one training, called `name` on the page.

    `contents` are the tables of the study with its rows alone, under that name, as it predicts;
    `trained` the same as they were before calibration. `lead` is its paired difference to the best
    pixel `baseline` of the same fold and seed, of an ensemble of its members' seeds; nan without.
    """

    name: str
    contents: F
    trained: F
    lead: Estimate
    baseline: str = ""


@dataclass(frozen=True)
class Study(Generic[F]):
    """`contents` and `judged` hold the model that is handed over, too, as the last of the looks and
    the last rows of tables and summary; nothing ranks it or compares it. `recipes` is the study
    without it, `by` the metric that chose on validation."""

    contents: F
    judged: Judged
    by: Metric
    model: Model[F] | None = None
    without: "Study[F] | None" = None
    evaluated: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def findings(self) -> Findings:
        """What is known of the primary measure."""
        return self.judged.findings

    @property
    def recipes(self) -> "Study[F]":
        """The study without the model that is handed over."""
        return self.without or self

    def of_the_model(self, metric: str, of: str = "") -> Estimate:
        """What the model that is handed over reaches on test, over all classes or in one of them;
        nan without it."""
        name, card = self.model.name if self.model else "", self.contents.best
        return self.findings.estimate(name, float(card.get("fraction", 0)), metric, of)

    def looks_at_the_model_alone(self) -> Findings:
        """The findings with the model that is handed over as the only recipe to look at."""
        name = self.model.name if self.model else ""
        its = {key: look for key, look in self.findings.looks.items() if key == name}
        looks = {key: replace(look, handed_over=False) for key, look in its.items()}
        return replace(self.findings, looks=looks)

    def evaluate(self, find: "Callable[[Study[F]], Found]") -> Found:
        """What a section's `find` gives, evaluated once."""
        if find not in self.evaluated:
            self.evaluated[find] = find(self)
        its: Found = self.evaluated[find]
        return its

    def with_the_model(
        self, find: Callable[[F, Findings], Found | None], *, trained: bool = False
    ) -> Found | None:
        """What `find` makes of the tables of the recipes, and with it what it makes of those of the
        model alone, as it predicts or as it was `trained`."""
        instance = find(self.recipes.contents, self.recipes.findings)
        if instance is None or self.model is None:
            return instance
        its = self.model.trained if trained else self.model.contents
        both: Found = merged(instance, find(its, self.findings))
        return both


def merged(recipes: Any, model: Any) -> Any:
    """What was evaluated of `recipes` with what that of the `model` adds to mappings, tables and
    tuples, at any depth of records; all else stays as it is of recipes."""
    match recipes:
        case _ if model is None:
            return recipes
        case Mapping():
            shared = {key: merged(recipes[key], model[key]) for key in {*recipes} & {*model}}
            return {**recipes, **model, **shared}
        case pd.DataFrame():
            return recipes if model.empty else pd.concat([recipes, model], ignore_index=True)
        case tuple():
            return tuple(dict.fromkeys((*recipes, *model)))
        case _ if is_dataclass(recipes) and not isinstance(recipes, type | Estimate):
            names = [each.name for each in fields(recipes)]
            pairs = {name: (getattr(recipes, name), getattr(model, name)) for name in names}
            return replace(recipes, **{name: merged(*pair) for name, pair in pairs.items()})
    return recipes

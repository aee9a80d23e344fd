"""Tables of test results, cut into runs: one recipe on one fraction, seed and fold."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.evaluate.ranking import Ints

Strings = NDArray[np.object_]
AnyRun = TypeVar("AnyRun", bound="Run")


@dataclass(frozen=True)
class Run:
    """The test images of one recipe at one fraction, seed and fold, in alphabetical order.

    images, patients: (n,) str. What was found of the images stands in the classes made of this.
    """

    recipe: str
    fraction: float
    seed: int
    fold: int
    images: Strings
    patients: Strings

    @property
    def facts(self) -> tuple[NDArray[Any], ...]:
        """What is known of the images whatever a recipe makes of them: (n,) each."""
        return (self.patients,)


@dataclass(frozen=True)
class Runs(Generic[AnyRun]):
    """All runs of a table, and its classes or structures in the order of showing."""

    runs: tuple[AnyRun, ...]
    names: tuple[str, ...]

    @property
    def pairs(self) -> dict[tuple[str, float], None]:
        """Recipes with their fractions, in the order of the table."""
        return dict.fromkeys((run.recipe, run.fraction) for run in self.runs)

    @property
    def recipes(self) -> list[str]:
        """In the order of the table."""
        return list(dict.fromkeys(run.recipe for run in self.runs))

    def of(self, recipe: str, fraction: float) -> list[AnyRun]:
        """The runs of one recipe at one fraction by seed and fold; every seed has every fold."""
        runs = [run for run in self.runs if run.recipe == recipe and run.fraction == fraction]
        return sorted(runs, key=lambda run: (run.seed, run.fold))

    def against(self, reference: str) -> list[tuple[str, float]]:
        """All other recipes with the fractions that `reference` has, too.

        Raises InputError where no run is of `reference`.
        """
        if reference not in self.recipes:
            recipes = ", ".join(self.recipes)
            raise InputError(
                f"compare: no recipe {reference!r}; choose the reference among {recipes}"
            )
        return [
            (recipe, fraction)
            for recipe, fraction in self.pairs
            if recipe != reference and (reference, fraction) in self.pairs
        ]


def rows_by(keys: pd.DataFrame) -> dict[tuple[str, float, int, int], Ints]:
    """Positions of the rows of each recipe, fraction, seed and fold, in the order of showing.

    `keys` has these four columns; a table without folds has one fold.
    """
    rows: dict[tuple[str, float, int, int], list[int]] = {}
    for at, (recipe, fraction, seed, fold) in enumerate(keys.itertuples(index=False, name=None)):
        rows.setdefault((str(recipe), float(fraction), int(seed), int(fold)), []).append(at)
    return {key: np.array(rows, dtype=np.int64) for key, rows in rows.items()}


def missing_folds(keys: Collection[tuple[str, float, int, int]]) -> list[str]:
    """A line for each fold of a recipe and fraction that one seed has and another lacks."""
    folds: dict[tuple[str, float], set[int]] = {}
    for recipe, fraction, _, fold in keys:
        folds.setdefault((recipe, fraction), set()).add(fold)
    return [
        f"{recipe}, fraction {fraction:g}, seed {seed}: fold {fold} is missing; finish it"
        for recipe, fraction, seed in dict.fromkeys(key[:3] for key in keys)
        for fold in sorted(folds[recipe, fraction])
        if (recipe, fraction, seed, fold) not in keys
    ]

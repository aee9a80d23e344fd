"""Tables of test results, cut into runs: one recipe on one fraction, seed and fold."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.errors import InputError, refuse
from pleura.evaluate.ranking import Ints

Strings = NDArray[np.object_]
Key = tuple[str, float, int, int]  # recipe, fraction, seed, fold
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

    def problems(self, names: Sequence[str]) -> Iterator[str]:
        """What keeps the images from being evaluated, a sentence each; `names` are the classes."""
        if len(twice := self.images[1:][self.images[1:] == self.images[:-1]]):
            yield f"image {twice[0]} is listed twice; keep one row an image"
        if len(lost := self.images[self.patients == ""]):
            yield f"{lost[0]} has neither patient nor video; fill one of them in"
        if len(set(self.patients)) == 1:
            yield "all images are of one patient; intervals need at least 2"


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


def rows_by(keys: pd.DataFrame) -> dict[Key, Ints]:
    """Positions of the rows of each recipe, fraction, seed and fold, in the order of showing.

    `keys` has these four columns; a table without folds has one fold.
    """
    # Columns as arrays: most tables are small, and to group one takes longer than to evaluate it.
    columns = [keys[name].to_numpy() for name in keys]
    group = np.zeros(len(keys), dtype=np.int64)
    for column in columns:
        codes, values = pd.factorize(column, use_na_sentinel=False)
        group = pd.factorize(group * len(values) + codes)[0]
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(keys) else []
    firsts = [tuple(column[at[0]] for column in columns) for at in parts]
    rows: dict[Key, list[Ints]] = {}
    for at, (recipe, fraction, seed, fold) in zip(parts, firsts, strict=True):
        rows.setdefault((str(recipe), float(fraction), int(seed), int(fold)), []).append(at)
    return {key: np.sort(np.concatenate(same)) for key, same in rows.items()}


def missing_folds(keys: Collection[Key]) -> list[str]:
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


def test_part(table: pd.DataFrame, needed: Sequence[str], name: str) -> pd.DataFrame:
    """The rows of a table's test part, numbered from 0. Raises InputError, which calls the table
    `name`, where one of the `needed` columns is missing, and where there are no such rows."""
    refuse(f"{name}: columns are missing", [column for column in needed if column not in table])
    test = table[table["part"] == "test"].reset_index(drop=True)
    if test.empty:
        raise InputError(f'{name}: no row has part "test"; nothing can be evaluated')
    return test


def cut_into_runs(
    keys: pd.DataFrame,
    images: Strings,
    make: Callable[[Key, Ints], AnyRun],
    names: Sequence[str] = (),
) -> Runs[AnyRun]:
    """The runs of a table of predictions; `keys` has the columns of `rows_by`, images: (n,).

    `make` gives a run by its key and its rows in the order of the images. Raises InputError for
    the problems of any run, and where a seed lacks a fold that another has.
    """
    rows_of = rows_by(keys)
    runs = [
        make(key, rows[np.argsort(images[rows], kind="stable")]) for key, rows in rows_of.items()
    ]
    problems = [
        f"{run.recipe}, fraction {run.fraction:g}, seed {run.seed}, fold {run.fold}: {problem}"
        for run in runs
        for problem in run.problems(names)
    ]
    problems += missing_folds(rows_of)
    refuse("predictions: the test rows cannot be evaluated", problems)
    return Runs(tuple(runs), tuple(names))

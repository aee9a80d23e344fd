"""The cases table of a segmentation, checked and cut into one cell a recipe, fraction and seed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.case_metrics import CASE_METRICS, DISTANCES
from pleura.evaluate.cells import Cell
from pleura.evaluate.ranking import Floats, Ints

KEYS = ["recipe", "fraction", "seed"]
ALL = "all"


@dataclass(frozen=True)
class CaseCell(Cell):
    """Test cases of the trainings of one seed, of all folds together, in alphabetical order.

    values: (n, metrics, 1 + structures), `CASE_METRICS` by all structures and by each; nan where a
    case has none. Labels and probabilities say nothing here.
    """

    values: Floats


@dataclass(frozen=True)
class CaseCells:
    """All cells of a table, and the structures in the order of showing."""

    cells: tuple[CaseCell, ...]
    structures: tuple[str, ...]

    def of(self, recipe: str, fraction: float) -> list[CaseCell]:
        """The cells of one recipe at one fraction, by seed."""
        cells = [c for c in self.cells if c.recipe == recipe and c.fraction == fraction]
        return sorted(cells, key=lambda c: c.seed)


def read_case_cells(cases: pd.DataFrame) -> CaseCells:
    """Cut the test part of a `cases` table (see `evaluate.segmentation`) into cells.

    The value of a case over all structures is its mean over those that have one. `components` is
    how far their number is from the reference's. Where the spacing is known of some images only,
    there are distances of these alone, in mm. Raises InputError where columns are missing, no row
    is of the test part, a case lacks a structure or stands there twice, a patient is unknown or the
    only one, or a seed lacks a fold that another has.
    """
    needed = (*KEYS, "fold", "part", "image", "patient", "structure", "unit")
    needed += (*CASE_METRICS, "reference_components")
    if missing := [name for name in needed if name not in cases.columns]:
        raise InputError("cases: columns are missing", missing)
    test = cases[cases["part"] == "test"].reset_index(drop=True)
    if test.empty:
        raise InputError('cases: no row has part "test"; nothing can be evaluated')
    values = test[list(CASE_METRICS)].astype(np.float64)
    values["components"] = (test["components"] - test["reference_components"]).abs()
    if (test["unit"] == "mm").any():
        values.loc[test["unit"] != "mm", list(DISTANCES)] = np.nan
    structures = tuple(dict.fromkeys(test["structure"].astype(str)))
    rank = test["structure"].map({name: number for number, name in enumerate(structures)})
    order = np.lexsort([rank.to_numpy(), test["image"].to_numpy(dtype=np.str_)])
    cells, problems = [], []
    for (recipe, fraction, seed), rows in _rows_by(test[KEYS]).items():
        at = order[np.isin(order, rows)]
        where = f"{recipe}, fraction {fraction:g}, seed {seed}"
        images, patients = (
            test[name].fillna("").to_numpy(dtype=object)[at][:: len(structures)]
            for name in ("image", "patient")
        )
        expected = [(image, number) for image in images for number in range(len(structures))]
        if list(zip(test["image"][at], rank[at], strict=True)) != expected:
            problems.append(f"{where}: a case lacks a structure or is tested twice")
            continue
        if "" in patients:
            problems.append(f"{where}: a case has no patient")
        elif len(set(patients)) == 1:
            problems.append(f"{where}: one patient only; intervals need at least 2")
        shape = len(images), len(structures), len(CASE_METRICS)
        single = values.to_numpy()[at].reshape(shape).swapaxes(1, 2)
        together = np.concatenate([_mean(single)[..., None], single], axis=2)
        none = np.zeros(len(images), np.int64), np.zeros((len(images), 0))
        cells.append(CaseCell(recipe, fraction, seed, 0, images, patients, *none, together))
    problems += _incomplete(test)
    if problems:
        raise InputError("cases: the test rows cannot be evaluated", problems)
    return CaseCells(tuple(cells), structures)


def _rows_by(keys: pd.DataFrame) -> dict[tuple[str, float, int], Ints]:
    """Positions of the rows of each (recipe, fraction, seed), in order of showing."""
    found: dict[tuple[str, float, int], list[int]] = {}
    for at, (recipe, fraction, seed) in enumerate(keys.itertuples(index=False, name=None)):
        found.setdefault((str(recipe), float(fraction), int(seed)), []).append(at)
    return {key: np.array(rows, dtype=np.int64) for key, rows in found.items()}


def _mean(values: Floats) -> Floats:
    """The mean over the last axis of what is not nan; nan where all is."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    mean = np.where(known, values, 0).sum(axis=-1) / np.maximum(count, 1)
    return np.where(count > 0, mean, np.nan)


def _incomplete(test: pd.DataFrame) -> list[str]:
    folds = {key: set(test["fold"].iloc[rows]) for key, rows in _rows_by(test[KEYS]).items()}
    every: dict[tuple[str, float], set[int]] = {}
    for (recipe, fraction, _), here in folds.items():
        every.setdefault((recipe, fraction), set()).update(here)
    return [
        f"{recipe}, fraction {fraction:g}, seed {seed}: fold {fold} is missing; finish it"
        for (recipe, fraction, seed), here in folds.items()
        for fold in sorted(every[recipe, fraction] - here)
    ]

"""The predictions table, checked and cut into one cell a recipe, fraction, seed and fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.evaluate.metrics import softmax
from pleura.evaluate.ranking import Floats, Ints

Strings = NDArray[np.object_]


@dataclass(frozen=True)
class Cell:
    """Test predictions of one training on one fold, images in alphabetical order.

    images, patients: (n,) str; labels: (n,) index of the class; probabilities: (n, k) float64.
    """

    recipe: str
    fraction: float
    seed: int
    fold: int
    images: Strings
    patients: Strings
    labels: Ints
    probabilities: Floats


@dataclass(frozen=True)
class Cells:
    """All cells of a table, and the class names in the order of its `logit_` columns."""

    cells: tuple[Cell, ...]
    classes: tuple[str, ...]

    def of(self, recipe: str, fraction: float) -> list[Cell]:
        """The cells of one recipe at one fraction by seed and fold; every seed has every fold."""
        cells = [c for c in self.cells if c.recipe == recipe and c.fraction == fraction]
        return sorted(cells, key=lambda c: (c.seed, c.fold))


def read_cells(predictions: pd.DataFrame) -> Cells:
    """Cut the test part of a `predictions` table into cells.

    Images without a patient are grouped by video. Raises InputError naming recipe, fraction, seed
    and fold where an image is listed twice, a class has no test image, a label or logit is no class
    or number, a patient is unknown or the only one, or a seed lacks a fold that another has.
    """
    prefix = "logit_"
    columns = [c for c in predictions.columns if str(c).startswith(prefix)]
    classes = tuple(str(c).removeprefix(prefix) for c in columns)
    needed = ("recipe", "fold", "seed", "fraction", "part", "image", "patient", "label")
    if missing := [name for name in needed if name not in predictions.columns]:
        raise InputError("predictions: columns are missing", missing)
    if len(classes) < 2:
        raise InputError(f"predictions: {len(classes)} logit_<class> columns; at least 2 needed")
    test = predictions[predictions["part"] == "test"]
    if test.empty:
        raise InputError('predictions: no row has part "test"; nothing can be evaluated')
    numbers = test[["fold", "seed", "fraction"]].apply(pd.to_numeric, errors="coerce")
    if unclear := [name for name in numbers if numbers[name].isna().any()]:
        raise InputError("predictions: columns hold other things than numbers", unclear)

    patients = _text(test["patient"])
    if "video" in test.columns:
        patients = patients.where(patients != "", "video " + _text(test["video"]))
        patients = patients.where(patients != "video ", "")
    names = _text(test["image"]).to_numpy()
    labels = pd.Index(classes).get_indexer(pd.Index(_text(test["label"])))
    groups = patients.to_numpy()
    logits = test[columns].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    cells: list[Cell] = []
    problems: list[str] = []
    keys = numbers.assign(recipe=test["recipe"])[["recipe", "fraction", "seed", "fold"]]
    for (recipe, fraction, seed, fold), rows in _rows(keys).items():
        at = rows[np.argsort(names[rows], kind="stable")]
        cell = Cell(
            recipe, fraction, seed, fold, names[at], groups[at], labels[at], softmax(logits[at])
        )
        cells.append(cell)
        where = f"{recipe}, fraction {fraction:g}, seed {seed}, fold {fold}"
        problems += [f"{where}: {problem}" for problem in _problems(cell, classes)]
    problems += _incomplete(cells)
    if problems:
        raise InputError("predictions: the test rows cannot be evaluated", problems)
    return Cells(tuple(cells), classes)


def _rows(keys: pd.DataFrame) -> dict[tuple[str, float, int, int], Ints]:
    """Positions of the rows of each (recipe, fraction, seed, fold), recipes in order of showing."""
    found: dict[tuple[str, float, int, int], list[int]] = {}
    for at, (recipe, fraction, seed, fold) in enumerate(keys.itertuples(index=False, name=None)):
        found.setdefault((str(recipe), float(fraction), int(seed), int(fold)), []).append(at)
    return {key: np.array(rows, dtype=np.int64) for key, rows in found.items()}


def _text(column: "pd.Series[str]") -> "pd.Series[str]":
    return column.astype(object).where(column.notna(), "").astype(str).astype(object)


def _problems(cell: Cell, classes: Sequence[str]) -> list[str]:
    problems = []
    if len(twice := cell.images[1:][cell.images[1:] == cell.images[:-1]]):
        problems.append(f"image {twice[0]} is listed twice; keep one row an image")
    if len(unknown := cell.images[cell.labels < 0]):
        problems.append(f"the label of {unknown[0]} has no logit_ column; classes are {classes}")
    if len(lost := cell.images[cell.patients == ""]):
        problems.append(f"{lost[0]} has neither patient nor video; fill one of them in")
    if len(broken := cell.images[~np.isfinite(cell.probabilities).all(axis=1)]):
        problems.append(f"the logits of {broken[0]} are not finite; train this run again")
    if len(set(cell.patients)) == 1:
        problems.append("all images are of one patient; intervals need at least 2")
    absent = [name for c, name in enumerate(classes) if c not in cell.labels]
    if absent:
        problems.append(f"no test image of {', '.join(absent)}; use fewer folds or more patients")
    return problems


def _incomplete(cells: Sequence[Cell]) -> list[str]:
    folds: dict[tuple[str, float], dict[int, set[int]]] = {}
    for cell in cells:
        of_seed = folds.setdefault((cell.recipe, cell.fraction), {})
        of_seed.setdefault(cell.seed, set()).add(cell.fold)
    problems = []
    for (recipe, fraction), of_seed in folds.items():
        every = set().union(*of_seed.values())
        for seed, here in of_seed.items():
            problems += [
                f"{recipe}, fraction {fraction:g}, seed {seed}: fold {fold} is missing; finish it"
                for fold in sorted(every - here)
            ]
    return problems

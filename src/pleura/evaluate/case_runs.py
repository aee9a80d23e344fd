"""The cases table of a segmentation, checked and cut into runs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.errors import refuse
from pleura.evaluate.case_metrics import CASE_METRICS, DISTANCES
from pleura.evaluate.ranking import Floats
from pleura.evaluate.runs import Run, Runs, missing_folds, rows_by, test_part

KEYS = ["recipe", "fraction", "seed", "fold"]
ALL = "all"


@dataclass(frozen=True)
class CaseRun(Run):
    """Test cases of the trainings of one seed, of all folds together.

    values: (n, metrics, 1 + structures), `CASE_METRICS` by all structures and by each; nan where a
    case has none.
    """

    values: Floats


def read_case_runs(cases: pd.DataFrame) -> Runs[CaseRun]:
    """Cut the test part of a `cases` table (see `evaluate.segmentation`) into runs, one a
    recipe, fraction and seed; their names are the structures.

    The value of a case over all structures is its mean over those that have one. `components` is
    how far their number is from the reference's. Where the spacing is known of some images only,
    there are distances of these alone, in mm. Raises InputError where columns are missing, no row
    is of the test part, a case lacks a structure or stands there twice, a patient is unknown or the
    only one, or a seed lacks a fold that another has.
    """
    needed = (*KEYS, "part", "image", "patient", "structure", "unit")
    needed += (*CASE_METRICS, "reference_components")
    test = test_part(cases, needed, "cases")
    values = test[list(CASE_METRICS)].astype(np.float64)
    values["components"] = (test["components"] - test["reference_components"]).abs()
    if (test["unit"] == "mm").any():
        values.loc[test["unit"] != "mm", list(DISTANCES)] = np.nan
    structures = tuple(dict.fromkeys(test["structure"].astype(str)))
    rank = test["structure"].map({name: number for number, name in enumerate(structures)})
    order = np.lexsort([rank.to_numpy(), test["image"].to_numpy(dtype=np.str_)])
    runs, problems = [], []
    for (recipe, fraction, seed, _), rows in rows_by(test[KEYS].assign(fold=0)).items():
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
        whole = np.ma.masked_invalid(single).mean(axis=-1, keepdims=True).filled(np.nan)
        together = np.concatenate([whole, single], axis=2)
        runs.append(CaseRun(recipe, fraction, seed, 0, images, patients, together))
    problems += missing_folds(rows_by(test[KEYS]))
    refuse("cases: the test rows cannot be evaluated", problems)
    return Runs(tuple(runs), structures)

"""What several trainings of one recipe predict together: the mean of their probabilities."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from pleura.errors import InputError, refuse
from pleura.evaluate.calibration_maps import OutputMap
from pleura.tables import LABEL, LOGIT, NUMBER, PREDICTED, PREDICTION_COLUMNS, PREDICTION_TEXT
from pleura.wording import count

AT = ["part", "image"]
FACTS = ("patient", "label", NUMBER)
GIVEN = {*PREDICTION_COLUMNS, *PREDICTION_TEXT, *FACTS}  # not by a network


def averaged(members: Sequence[pd.DataFrame], read: type[OutputMap]) -> pd.DataFrame:
    """The predictions of an ensemble, in the rows of its first member.

    `members` are tables of predictions, of one training each, whose outputs are averaged as `read`
    says. Validation rows are kept where all members have the same. Columns that follow from the
    outputs of a member are left out, since they are not those of the mean: what it calls
    (`called_<finding>`), and what else its task makes of them.

    Raises InputError for a single member, and where members test on other images, patients or
    labels: a patient who tests for one may then have trained another.
    """
    if len(members) < 2:
        raise InputError("an ensemble needs two trainings or more; give the study more seeds")
    names = outputs_in(members[0])
    columns = [
        name for name in map(str, members[0]) if name in (*GIVEN, *names) or name.startswith(LABEL)
    ]
    tables = [member[columns].set_index(AT) for member in members]
    validating = [
        table.index[table.index.get_level_values("part") == "validation"] for table in tables
    ]
    if any(len(one.symmetric_difference(other)) for one, other in pairwise(validating)):
        tables = [table.drop(rows) for table, rows in zip(tables, validating, strict=True)]
    first, *others = tables
    for other in others:
        _refuse_other_images(first, other)
    together = first.copy()
    outputs = [table.loc[first.index, names].to_numpy(np.float64) for table in tables]
    together[names] = read.mean(outputs)
    return together.reset_index()[columns]


def outputs_in(table: pd.DataFrame) -> list[str]:
    """The columns of a table of predictions that say what a network gives: logits or a number."""
    return [name for name in map(str, table) if name == PREDICTED or name.startswith(LOGIT)]


def _refuse_other_images(first: pd.DataFrame, other: pd.DataFrame) -> None:
    names = [name for name in first if name in FACTS or str(name).startswith(LABEL)]
    problems = []
    if len(alone := first.index.symmetric_difference(other.index)):
        named = ", ".join(f"{image} ({part})" for part, image in alone[:3])
        problems.append(f"{count(len(alone), 'image')} in one of them only, such as {named}")
    elif first.index.has_duplicates or other.index.has_duplicates:
        problems.append("an image is listed twice in a part: a member is one training alone")
    else:
        one, two = (
            each[names].astype(object).fillna("") for each in (first, other.loc[first.index])
        )
        problems += ["an image has two labels or two patients"] * bool((one != two).any(axis=None))
    refuse(
        "ensemble: its members must test on the same images, or a patient who tests for one "
        "may have trained another; average seeds of one split, not folds",
        problems,
    )

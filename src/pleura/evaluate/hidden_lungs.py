"""How much recipes lose where the lungs are hidden, and what all but the lungs still tells."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.compare import adjusted, paired
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.intervals import SIZES, sizes
from pleura.evaluate.jackknife import LeaveOneOut, leave_one_out, patient_groups, t_limits
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.regions import COLUMNS, in_parts, read_parts
from pleura.evaluate.runs import Runs
from pleura.tables import ELSEWHERE, LUNGS, NO_LUNGS

PARTS = {"whole": "test", "no lungs": NO_LUNGS, "elsewhere": ELSEWHERE, "lungs only": LUNGS}
"""What is shown of the test images that have a lung mask: all; all but the lungs; all but the same
shape elsewhere; the lungs alone. What is hidden shows the mean image."""
LOST, LOST_ELSEWHERE = "whole - no lungs", "whole - elsewhere"
CAUSAL = "elsewhere - no lungs"
"""The number that leads: what hiding the lungs costs beyond hiding as much elsewhere."""
DIFFERENCES = {
    CAUSAL: ("elsewhere", "no lungs"),
    LOST: ("whole", "no lungs"),
    LOST_ELSEWHERE: ("whole", "elsewhere"),
}
COMPARED = ["recipe", "reference", "difference", "low", "high", "p", "p_holm", *SIZES]
"""Columns of `ByLungs.compared`."""


@dataclass(frozen=True)
class ByLungs:
    """`table`: columns recipe, class (or "macro"), shown, value, low, high as in `by_region`;
    `shown` is one of `PARTS` or `DIFFERENCES`. `compared`: by recipe the macro `CAUSAL` less that
    of the reference, see `COMPARED`. `unclear`: why there is neither, "" otherwise.
    """

    table: pd.DataFrame
    compared: pd.DataFrame
    unclear: str = ""


def by_lungs(
    predictions: pd.DataFrame,
    *,
    fraction: float,
    reference: str,
    level: float = 0.95,
    images: Collection[str] | None = None,
) -> ByLungs:
    """AUROC of every recipe at one fraction on the test images with lungs and on parts of them.

    `images` keeps some of them, such as those whose mask is not doubtful. Recipes without the parts
    are left out. Limits of `table` carry patients and seeds as in `by_region`; differences are
    paired by image. Differences between recipes have t limits, p is two-sided, and p_holm adjusted
    for all of them (Holm 1979).

    A lung mask tells its shape, and with it perhaps the class: an image whose lungs are hidden
    still shows their outline, and so does one of lungs alone. `CAUSAL` allows for hidden pixels,
    not for that.
    """
    none = ByLungs(pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=COMPARED))
    shown = set(predictions.loc[predictions["part"] == NO_LUNGS, "image"])
    if images is not None:
        shown &= set(images)
    try:
        here = predictions[predictions["image"].isin(shown)]
        tables = read_parts(here, PARTS, fraction, read_runs)
        compared = _compare(tables, fraction, reference, level)
    except InputError as error:  # such as a class whose images have no lungs
        return ByLungs(none.table, none.compared, str(error))
    return ByLungs(in_parts(tables, DIFFERENCES, fraction, level), compared)


def _compare(
    tables: dict[str, Runs[PredictedRun]], fraction: float, reference: str, level: float
) -> pd.DataFrame:
    """`CAUSAL` of every recipe less that of the reference; empty where that has no lungs hidden."""
    minuend, subtrahend = (tables.get(name, Runs((), ())) for name in DIFFERENCES[CAUSAL])
    recipes = minuend.recipes
    groups = patient_groups(minuend.runs) if recipes else {}

    def auroc(runs: list[PredictedRun]) -> LeaveOneOut:
        return leave_one_out(runs, groups, minuend.names, [AUROC])[AUROC.overall]

    rows = []
    for recipe in recipes if reference in recipes else ():
        if recipe == reference:
            continue
        pairs = [
            paired(table.of(recipe, fraction), table.of(reference, fraction))
            for table in (minuend, subtrahend)
        ]
        (ours, theirs), (our_rest, their_rest) = pairs
        difference = (auroc(ours) - auroc(our_rest)) - (auroc(theirs) - auroc(their_rest))
        numbers = difference.value, *t_limits(difference, level, -2.0, 2.0)  # of differences
        rows.append((recipe, reference, *numbers, 1.0, *sizes(ours)))
    return adjusted(pd.DataFrame(rows, columns=COMPARED), ["reference"])

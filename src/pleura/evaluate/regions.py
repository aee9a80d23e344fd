"""How well recipes do on parts of the test images alone, such as the centre or the outer frame."""

from collections.abc import Mapping

import pandas as pd

from pleura.evaluate.compare import limits
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.intervals import bearing, interval, patients_by_class
from pleura.evaluate.jackknife import leave_one_out, patient_groups
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.runs import Runs
from pleura.tables import CENTRE, FRAME

PARTS = {"whole": "test", "centre": CENTRE, "frame": FRAME}
LOST = "whole - centre"
COLUMNS = ["recipe", "class", "shown", "value", "low", "high"]


def by_region(predictions: pd.DataFrame, *, fraction: float, level: float = 0.95) -> pd.DataFrame:
    """AUROC of every recipe at one fraction on whole test images and on parts of them.

    Columns: recipe, class (or "macro"), shown, value, low, high. `shown` is "whole", "centre" (the
    outer 15 % frame is hidden), "frame" (all else is hidden), or "whole - centre", the paired
    difference of these two. `low` and `high` are those of `summarise`, or of `compare` for the
    difference. Recipes without those parts are left out. Raises InputError (see `read_runs`).
    """
    tables = read_parts(predictions, PARTS, fraction)
    return in_parts(tables, {LOST: ("whole", "centre")}, fraction, level)


def read_parts(
    predictions: pd.DataFrame, parts: Mapping[str, str], fraction: float
) -> dict[str, Runs[PredictedRun]]:
    """The runs of each part of the tables by what it shows, of recipes that have all of them.

    Empty where no recipe has. Raises InputError (see `read_runs`).
    """
    here = predictions[predictions["fraction"] == fraction]
    parts_of = here.groupby("recipe")["part"].agg(set)
    complete = {recipe for recipe, its in parts_of.items() if set(parts.values()) <= its}
    here = here[here["recipe"].isin(complete)]
    if here.empty:
        return {}
    return {
        shown: read_runs(here[here["part"] == part].assign(part="test"))
        for shown, part in parts.items()
    }


def in_parts(
    tables: Mapping[str, Runs[PredictedRun]],
    differences: Mapping[str, tuple[str, str]],
    fraction: float,
    level: float,
) -> pd.DataFrame:
    """AUROC in each part (see `read_parts`), and paired `differences` of two of them by name.

    Columns and limits as in `by_region`. All parts hold the same images.
    """
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    first = next(iter(tables.values()))
    classes, groups = first.names, patient_groups(first.runs)
    rows = []
    for recipe in first.recipes:
        patients = patients_by_class(first.of(recipe, fraction), len(classes))
        samples = {
            shown: leave_one_out(table.of(recipe, fraction), groups, classes, [AUROC])
            for shown, table in tables.items()
        }
        for name in ("macro", *classes):
            key = (AUROC.name, name)
            at = classes.index(name) if name in classes else None
            behind = bearing(patients, AUROC, at)
            for shown, of_key in samples.items():
                ends = interval(AUROC, of_key[key], level, behind)
                rows.append((recipe, name, shown, of_key[key].value, *ends))
            for difference, (one, other) in differences.items():
                ours, theirs = samples[one][key], samples[other][key]
                low, high, _ = limits(AUROC, ours, theirs, level, behind)
                rows.append((recipe, name, difference, ours.value - theirs.value, low, high))
    return pd.DataFrame(rows, columns=COLUMNS)

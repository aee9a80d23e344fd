"""How well recipes do on parts of the test images alone, such as the centre or the outer frame."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from pleura.evaluate.compare import limits
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.intervals import bearing, interval, patients_by_class, sizes
from pleura.evaluate.jackknife import LeaveOneOut, leave_one_out, patient_groups
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_metrics import PEARSON
from pleura.evaluate.number_runs import read_number_runs
from pleura.evaluate.numbers import ALL
from pleura.evaluate.numbers import leave_one_out as leave_one_out_of_numbers
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.runs import AnyRun, Runs
from pleura.tables import CENTRE, FRAME

PARTS = {"whole": "test", "centre": CENTRE, "frame": FRAME}
LOST = "whole - centre"
COLUMNS = ["recipe", "class", "shown", "value", "low", "high"]
Differences = Mapping[str, tuple[str, str]]
DIFFERENCES: Differences = {LOST: ("whole", "centre")}


def by_region(predictions: pd.DataFrame, *, fraction: float, level: float = 0.95) -> pd.DataFrame:
    """AUROC of every recipe at one fraction on whole test images and on parts of them.

    Columns: recipe, class (or "macro"), shown, value, low, high. `shown` is "whole", "centre" (the
    outer 15 % frame is hidden), "frame" (all else is hidden), or "whole - centre", the paired
    difference of these two. `low` and `high` are those of `summarise`, or of `compare` for the
    difference. Recipes without those parts are left out. Raises InputError (see `read_runs`).
    """
    tables = read_parts(predictions, PARTS, fraction, read_runs)
    return in_parts(tables, DIFFERENCES, fraction, level)


def by_region_of_numbers(
    predictions: pd.DataFrame, *, fraction: float, level: float = 0.95
) -> pd.DataFrame:
    """The correlation of true and predicted numbers of every recipe at one fraction on whole test
    images and on parts of them.

    Columns and limits as in `by_region`; the class is "all". A network that sees part of an image
    gives numbers that are all too high, or too low, and so has a poor R² of whatever it still
    tells; a correlation does not see that, just as AUROC does not. Raises InputError (see
    `read_number_runs`).
    """
    tables = read_parts(predictions, PARTS, fraction, read_number_runs)
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    groups = patient_groups(tables["whole"].runs)
    rows: list[tuple[object, ...]] = []
    for recipe in tables["whole"].recipes:
        runs = {shown: table.of(recipe, fraction) for shown, table in tables.items()}
        samples = {
            shown: leave_one_out_of_numbers(of, groups, [PEARSON])[PEARSON.name]
            for shown, of in runs.items()
        }
        patients = sizes(runs["whole"])[0]
        parts = _in_each_part(PEARSON, samples, DIFFERENCES, level, patients)
        rows += [(recipe, ALL, *row) for row in parts]
    return pd.DataFrame(rows, columns=COLUMNS)


def read_parts(
    predictions: pd.DataFrame,
    parts: Mapping[str, str],
    fraction: float,
    read: Callable[[pd.DataFrame], Runs[AnyRun]],
) -> dict[str, Runs[AnyRun]]:
    """The runs of each part of the tables by what it shows, of recipes that have all of them.

    Empty where no recipe has. Raises InputError as `read` does, such as `read_runs`.
    """
    here = predictions[predictions["fraction"] == fraction]
    parts_of = here.groupby("recipe")["part"].agg(set)
    complete = {recipe for recipe, its in parts_of.items() if set(parts.values()) <= its}
    here = here[here["recipe"].isin(complete)]
    if here.empty:
        return {}
    return {
        shown: read(here[here["part"] == part].assign(part="test")) for shown, part in parts.items()
    }


def in_parts(
    tables: Mapping[str, Runs[PredictedRun]],
    differences: Differences,
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
            of_class = {shown: of_key[key] for shown, of_key in samples.items()}
            parts = _in_each_part(AUROC, of_class, differences, level, behind)
            rows += [(recipe, name, *row) for row in parts]
    return pd.DataFrame(rows, columns=COLUMNS)


def _in_each_part(
    metric: Metric,
    samples: Mapping[str, LeaveOneOut],
    differences: Differences,
    level: float,
    patients: int,
) -> Iterator[tuple[str, float, float, float]]:
    """What is shown, the value and its limits, of each part and each difference of two."""
    for shown, sample in samples.items():
        yield shown, sample.value, *interval(metric, sample, level, patients)
    for difference, (one, other) in differences.items():
        ours, theirs = samples[one], samples[other]
        low, high, _ = limits(metric, ours, theirs, level, patients)
        yield difference, ours.value - theirs.value, low, high

"""How well recipes do on the centre or the outer frame of the test images alone."""

import pandas as pd

from pleura.evaluate.cells import read_cells
from pleura.evaluate.compare import limits
from pleura.evaluate.intervals import bearing, interval, patients_by_class
from pleura.evaluate.jackknife import leave_one_out, patient_groups
from pleura.tables import CENTRE, FRAME

PARTS = {"whole": "test", "centre": CENTRE, "frame": FRAME}
LOST = "whole - centre"
COLUMNS = ["recipe", "class", "shown", "value", "low", "high"]
METRIC = "auroc"


def by_region(predictions: pd.DataFrame, *, fraction: float, level: float = 0.95) -> pd.DataFrame:
    """AUROC of every recipe at one fraction on whole test images and on parts of them.

    Columns: recipe, class (or "macro"), shown, value, low, high. `shown` is "whole", "centre" (the
    outer 15 % frame is hidden), "frame" (all else is hidden), or "whole - centre", the paired
    difference of these two. `low` and `high` are those of `summarise`, or of `compare` for the
    difference. Recipes without those parts are left out. Raises InputError (see `read_cells`).
    """
    here = predictions[predictions["fraction"] == fraction]
    parts = here.groupby("recipe")["part"].agg(set)
    complete = {recipe for recipe, found in parts.items() if set(PARTS.values()) <= found}
    here = here[here["recipe"].isin(complete)]
    if here.empty:
        return pd.DataFrame(columns=COLUMNS)
    tables = {
        shown: read_cells(here[here["part"] == part].assign(part="test"))
        for shown, part in PARTS.items()
    }
    classes = tables["whole"].classes
    groups = patient_groups(tables["whole"].cells)
    rows = []
    for recipe in dict.fromkeys(cell.recipe for cell in tables["whole"].cells):
        cells = {shown: table.of(recipe, fraction) for shown, table in tables.items()}
        patients = patients_by_class(cells["whole"], len(classes))
        samples = {
            shown: leave_one_out(found, groups, classes, metrics=[METRIC])
            for shown, found in cells.items()
        }
        for name in ("macro", *classes):
            key = (METRIC, name)
            at = classes.index(name) if name in classes else None
            behind = bearing(patients, METRIC, at)
            for shown, found in samples.items():
                ends = interval(METRIC, found[key], level, behind)
                rows.append((recipe, name, shown, found[key].value, *ends))
            whole, centre = samples["whole"][key], samples["centre"][key]
            low, high, _ = limits(METRIC, whole, centre, level, behind)
            rows.append((recipe, name, LOST, whole.value - centre.value, low, high))
    return pd.DataFrame(rows, columns=COLUMNS)

"""How well recipes do on the centre or the outer frame of the test images alone."""

from collections.abc import Sequence

import pandas as pd

from pleura.evaluate.cells import Cell, read_cells
from pleura.evaluate.compare import limits
from pleura.evaluate.intervals import bearing, interval, patients_by_class
from pleura.evaluate.jackknife import LeaveOneOut, leave_one_out, patient_groups
from pleura.tables import CENTRE, FRAME

PARTS = {"whole": "test", "centre": CENTRE, "frame": FRAME}
LOST = "whole - centre"
COLUMNS = ["recipe", "shown", "value", "low", "high"]
KEY = ("auroc", "macro")


def by_region(
    predictions: pd.DataFrame,
    *,
    fraction: float,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Macro AUROC of every recipe at one fraction on whole test images and on parts of them.

    Columns: recipe, shown, value, low, high. `shown` is "whole", "centre" (the outer 15 % frame is
    hidden), "frame" (all else is hidden), or "whole - centre", the paired difference of these two.
    `low` and `high` are those of `summarise`, or of `compare` for the difference. Empty where the
    table lacks those parts. Raises InputError (see `read_cells`).
    """
    here = predictions[predictions["fraction"] == fraction]
    if not set(PARTS.values()) <= set(here["part"]):
        return pd.DataFrame(columns=COLUMNS)
    tables = {
        shown: read_cells(here[here["part"] == part].assign(part="test"))
        for shown, part in PARTS.items()
    }
    classes = tables["whole"].classes
    groups = patient_groups(tables["whole"].cells, resamples, seed)

    def sample(cells: Sequence[Cell]) -> LeaveOneOut:
        return leave_one_out(cells, groups, classes, metrics=[KEY[0]])[KEY]

    rows = []
    for recipe in dict.fromkeys(cell.recipe for cell in tables["whole"].cells):
        cells = {shown: table.of(recipe, fraction) for shown, table in tables.items()}
        behind = bearing(patients_by_class(cells["whole"], len(classes)), KEY[0], None)
        samples = {shown: sample(found) for shown, found in cells.items()}
        for shown, found in samples.items():
            rows.append((recipe, shown, found.value, *interval(KEY[0], found, level, behind)))
        whole, centre = samples["whole"], samples["centre"]
        low, high, _ = limits(KEY[0], whole, centre, level, behind)
        rows.append((recipe, LOST, whole.value - centre.value, low, high))
    return pd.DataFrame(rows, columns=COLUMNS)

"""The models that the two studies hand over, against each other."""

import numpy as np

from pleura.compare.differences import PAIRED
from pleura.compare.few import in_all, too_few
from pleura.compare.sections.part import Blocks, Part
from pleura.compare.tables import Compared, Row
from pleura.report import cells
from pleura.report.findings import Estimate
from pleura.report.numbers import Metric, capital, count
from pleura.report.section import Text
from pleura.report.table import NOTHING_KNOWN, Cell, Column, Table


def blocks(compared: Compared) -> Blocks:
    """Every metric of both models and the difference; nothing where a model is not known."""
    table = compared.tables["delivered"]
    if table.empty:
        return
    (first, second), (one, two) = compared.names, compared.facts["models"]
    yield Text(
        f"The folder best/ of each study: in “{first}” {one}, in “{second}” {two}. Each is "
        "judged as it predicts, with its calibration, chosen on validation: limits are over "
        "patients, and chance in training is not in them. The verdict above is of recipes, and "
        "these rows are in no correction of it; p stands for each metric alone."
    )
    for how in sorted(set(table["how"]), key=lambda each: each != PAIRED):
        rows = compared.delivered(how)
        title = _title(rows[0], how)
        if few := too_few(compared, how):
            by = "" if in_all(compared, how) else f" by means over {compared.noun.several}"
            yield Text(f"{capital(few)}: too few to tell{by}, whatever the limits are.")
        told = [[Cell(row.metric.title), *_cells(row)] for row in rows]
        columns = [Column(first), Column(second), Column("Difference", "second less first")]
        yield Table.of(title, told, "Metric", *columns, "p")


def _title(row: Row, how: str) -> str:
    first, second = row.patients
    if how == PAIRED:
        return f"Models handed over, on the test images of both, paired: {count(first, 'patient')}"
    return (
        f"Models handed over, each on its own test part: {first:,} and {count(second, 'patient')}"
    )


def _cells(row: Row) -> list[Cell]:
    return [
        _cell(row.first, row.metric),
        _cell(row.second, row.metric),
        _cell(row.difference, row.metric, sign=True),
        cells.p(row.p),
    ]


def _cell(of: Estimate, metric: Metric, *, sign: bool = False) -> Cell:
    return cells.estimate(of, metric, sign=sign) if np.isfinite(of.value) else NOTHING_KNOWN


PART = Part("delivered", "Models", "The models handed over", blocks)

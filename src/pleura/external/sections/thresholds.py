"""Whether thresholds that validation at home chose hold here."""

import numpy as np

from pleura.evaluate.transport import AT_HOME, HERE, HOME
from pleura.external.cautions import rates
from pleura.external.few import few_of_class
from pleura.external.sections.part import Blocks, Part, rate_cell
from pleura.external.tables import Evaluated
from pleura.report import cells
from pleura.report.findings import NOTHING
from pleura.report.numbers import capital, decimal, percent
from pleura.report.section import Text
from pleura.report.table import Cell, Column, Table

RATES = ("sensitivity", "specificity", "ppv", "npv")


def blocks(evaluated: Evaluated) -> Blocks:
    """Whether thresholds that validation at home chose hold here."""
    found = rates(evaluated)
    if not found:
        return
    yield Text(
        "Each class against the rest, at the threshold that gave a sensitivity on the validation "
        "part at home, or, where that was recalibrated, on the new patients who fitted the map; "
        "there judged on all others. Red: the whole interval lies below what was chosen.".replace(
            "class", evaluated.noun.one
        )
    )
    rows = []
    for target, of, chosen in dict.fromkeys(key[:3] for key in found):
        limit = found[target, of, chosen, "threshold", ""]
        for where in (HOME, HERE):
            its = [found.get((target, of, chosen, rate, where), NOTHING) for rate in RATES]
            if not np.isfinite(its[0].value):
                continue
            few = where == HERE and few_of_class(evaluated, of)
            tone = "bad" if its[0].high < target and not few else ""
            place = {HOME: "at home, test part", HERE: "here"}[where]
            by = "validation at home" if chosen == AT_HOME else "new patients"
            rows.append(
                [
                    Cell(of, f"sensitivity {percent(target)}"),
                    Cell(place, f"chosen by {by}"),
                    Cell(decimal(limit.value), order=limit.value),
                    cells.estimate(its[0], line=target, tone=tone),
                    *map(rate_cell, its[1:]),
                ]
            )
    names = "Sensitivity | Specificity | PPV | NPV"
    title = "Rates at chosen thresholds"
    first = Column(capital(evaluated.noun.one), "chosen for")
    yield Table.of(title, rows, first, "Judged | Threshold / probability", names)


PART = Part("thresholds", "Thresholds", "Thresholds chosen at home", blocks)

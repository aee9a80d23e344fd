"""What a section of the page of an evaluation is, and the cells that several have."""

from collections.abc import Iterator

import numpy as np

from pleura.external.tables import Evaluated
from pleura.report import cells
from pleura.report.findings import Estimate
from pleura.report.numbers import Metric
from pleura.report.parts import Part as AnyPart
from pleura.report.section import Block
from pleura.report.table import NOTHING_KNOWN, Cell

Blocks = Iterator[Block]
Part = AnyPart[Evaluated]


def metric_cell(of: Estimate, metric: Metric, *, sign: bool = False, tone: str = "") -> Cell:
    """A value of a metric, or a difference of two (`sign`), with its limits; nothing where it is
    not known."""
    if not np.isfinite(of.value):
        return NOTHING_KNOWN
    return cells.estimate(of, metric, sign=sign, tone=tone)


def rate_cell(of: Estimate) -> Cell:
    """A share with its limits; nothing where it is not known."""
    return cells.estimate(of) if np.isfinite(of.value) else NOTHING_KNOWN

"""Which images are unlike those of the training."""

import numpy as np

from pleura.evaluate.transport import ALL
from pleura.external import figures
from pleura.external.cautions import promised
from pleura.external.sections.part import Blocks, Part
from pleura.external.tables import Evaluated
from pleura.external.units import IMAGE, PATIENT
from pleura.report import cells
from pleura.report.findings import Estimate
from pleura.report.numbers import count
from pleura.report.section import Text, unheaded
from pleura.report.table import NOTHING_KNOWN, Cell, Table


def blocks(evaluated: Evaluated) -> Blocks:
    """Which images are unlike those of the training."""
    table = evaluated.table("flagged")
    if table.empty:
        return
    rate = float(evaluated.facts["flag"]["rate"])
    by = evaluated.by
    median = f"; that of a {by} is the median of its images" * (by != IMAGE)
    yield Text(
        "How far each image is from the training images of the model, by the features of its own "
        f"network, in multiples of the limit{median}. Beyond 1 it is flagged as unlike: of {by}s "
        f"like those at home that happens to {promised(evaluated)}. The flag sees images, not "
        "labels: a model can fail on images that look as they did at home."
    )
    figure = figures.distances(evaluated)
    if figure is not None:
        yield unheaded("distances", "Distances from the training images", figure)
    rows = []
    for row in table.to_dict("records"):
        share = Estimate(row["value"], row["low"], row["high"])
        tone = "bad" if share.low > rate else ""
        people = count(row["patients"], "patient")
        sizes = people if by == PATIENT else f"{count(row['images'], by)} of {people}"
        name = f"All {by}s" if row["class"] == ALL else str(row["class"])
        known = np.isfinite(share.value)
        rows.append(
            [Cell(name, sizes), cells.estimate(share, tone=tone) if known else NOTHING_KNOWN]
        )
    title = f"{by.capitalize()}s | Share flagged"
    yield Table.of("Unlike the training images", rows, title)


PART = Part("shift", "Unlike images", "Images unlike the training", blocks, 2)

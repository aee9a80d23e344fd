"""Every metric here, at home, and the difference."""

import numpy as np

from pleura.external.few import hangs_on_few
from pleura.external.sections.part import Blocks, Part, metric_cell
from pleura.external.tables import Evaluated
from pleura.external.units import IMAGE
from pleura.report import cells
from pleura.report.numbers import capital, count
from pleura.report.section import Group, Text
from pleura.report.table import Cell, Table


def blocks(evaluated: Evaluated) -> Blocks:
    """Every metric here, at home, and the difference."""
    yield Text(
        f"The same model, as it is handed over, on all new patients and on the test part of its "
        f"study. Limits are of {100 * evaluated.level:.4g} % intervals over patients; patients of "
        "the two places are others, so that differences are not paired. Green or red: shown after "
        "Holm's correction over all rows of the table."
        if evaluated.has_home
        else "The study of the model is not here, or does not hold its predictions, so that "
        "nothing stands beside these values. Name its folder by --study."
    )
    if evaluated.by != IMAGE:
        images = count(evaluated.facts["images"], "image")
        also = ", and at home as the study pools them, too" * evaluated.has_home
        yield Text(
            f"Judged by {evaluated.by}: each has the mean probability of its images, {images} in "
            f"all, as the model gives it when it is asked about a {evaluated.by}{also}. A "
            "calibration, a threshold or a label that is named below is one of the "
            f"{evaluated.by}; prediction sets alone are of single images."
        )
    yield _results_table(evaluated, "", "Over all " + evaluated.noun.several)
    for name in evaluated.classes:
        table = _results_table(evaluated, name, f"{capital(evaluated.noun.one)} “{name}”")
        yield Group(table.title, [table], folded=True)


def _results_table(evaluated: Evaluated, of: str, title: str) -> Table:
    rows = []
    for metric in evaluated.metrics.values():
        value = evaluated.value(metric.name, of)
        if not np.isfinite(value.value):
            continue
        row = [Cell(metric.title if not of else capital(metric.label)), metric_cell(value, metric)]
        if evaluated.has_home:
            change, p = evaluated.difference(metric.name, of), evaluated.p(metric.name, of)
            holm = evaluated.p(metric.name, of, holm=True)
            worse = change.value * metric.sign < 0
            is_shown = holm < 1 - evaluated.level and not hangs_on_few(evaluated, metric, of)
            tone = ("bad" if worse else "good") * is_shown
            row += [
                metric_cell(evaluated.at_home(metric.name, of), metric),
                metric_cell(change, metric, sign=True, tone=tone),
                cells.p(p),
                cells.p(holm),
            ]
        rows.append(row)
    home = " | At home / its test part | Here less at home | p / this one alone | p / after Holm"
    return Table.of(title, rows, "Metric | Here" + home * evaluated.has_home)


PART = Part("results", "Results", "Here against home", blocks)

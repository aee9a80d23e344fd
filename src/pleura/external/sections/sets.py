"""Whether prediction sets keep their promise here."""

import numpy as np

from pleura.evaluate.transport import HERE, HOME
from pleura.external.cautions import borne_by
from pleura.external.few import few_of_class
from pleura.external.sections.part import Blocks, Part, rate_cell
from pleura.external.tables import Evaluated
from pleura.external.units import IMAGE
from pleura.report import cells
from pleura.report.findings import NOTHING, estimates
from pleura.report.numbers import decimal, percent
from pleura.report.section import Text
from pleura.report.table import NOTHING_KNOWN, Cell, Table


def blocks(evaluated: Evaluated) -> Blocks:
    """Whether prediction sets keep their promise here."""
    table = evaluated.table("sets")
    if table.empty:
        return
    promised = float(table["promised"].iloc[0])
    found = estimates(table, "question", "answer", "measure", "where")
    yield Text(
        f"Sets promise to hold the right answer for {percent(promised)} of the patients who are "
        "like those of the study. “Expected” is where the coverage lies with so many patients who "
        "made the sets. Red: the whole interval lies below that. Nothing is promised of other "
        "patients than those of the study."
        + " Nor of a mean of several images: these are the sets of single images."
        * (evaluated.by != IMAGE)
    )
    rows, sizes = [], []
    for question, answer in dict.fromkeys(key[:2] for key in found):
        name = f"{question} {answer}".strip() or "every right answer"
        here = found.get((question, answer, "covered", HERE), NOTHING)
        expected = found.get((question, answer, "expected", HERE), NOTHING)
        few = few_of_class(evaluated, borne_by(question, answer))
        tone = "bad" if here.high < expected.low and not few else ""
        rows.append(
            [
                Cell(name),
                rate_cell(found.get((question, answer, "covered", HOME), NOTHING)),
                cells.estimate(here, tone=tone) if np.isfinite(here.value) else NOTHING_KNOWN,
                rate_cell(expected),
            ]
        )
        if (size := found.get((question, answer, "size", HERE))) is not None:
            measures = ("single", "empty", "full")
            shares = [found[question, answer, measure, HERE] for measure in measures]
            whole = Cell(decimal(size.value, 2, bounded=False), order=size.value)
            sizes.append([Cell(question or "all"), whole, *map(rate_cell, shares)])
    names = "Answer | At home / its test part | Here | Expected / with so many patients"
    yield Table.of("How often sets hold the right answer", rows, names)
    shares_named = "One answer | None | All / nothing ruled out"
    if sizes:
        yield Table.of("How large sets are here", sizes, "Question | Answers / mean", shares_named)


PART = Part("sets", "Prediction sets", "Prediction sets", blocks)

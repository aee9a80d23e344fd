"""Which shares classes have here, and what the model's probabilities alone say of that."""

from pleura.external.sections.part import Blocks, Part
from pleura.external.tables import Evaluated
from pleura.report import cells
from pleura.report.findings import estimates
from pleura.report.numbers import capital, decimal
from pleura.report.section import Text
from pleura.report.table import Cell, Table


def blocks(evaluated: Evaluated) -> Blocks:
    """Which shares classes have here, and what the model's probabilities alone say of that."""
    table = evaluated.table("label_shift")
    if table.empty:
        return
    yield Text(
        "“Estimated” is what the model's probabilities say of shares without any label "
        "(expectation maximisation: Saerens, Latinne and Decaestecker 2002). It is right where "
        "only shares differ and the images of each class look as they did at home. Where "
        "its interval leaves the true share out (red), more has changed, and no correction by "
        "shares alone mends it."
    )
    rows = []
    for name in dict.fromkeys(table["class"]):
        its = estimates(table[table["class"] == name], "measure")
        home, guess, true = its["at home",], its["estimated",], its["true",]
        inside = guess.low <= true.value <= guess.high
        rows.append(
            [
                Cell(str(name)),
                Cell(decimal(home.value), order=home.value),
                cells.estimate(guess, tone="" if inside else "bad"),
                cells.estimate(true),
            ]
        )
    first = capital(evaluated.noun.one)
    names = "At home / validation | Here, estimated / without labels | Here, true"
    yield Table.of(f"Shares of {evaluated.noun.several}", rows, first, names)


PART = Part("shares", "Shares", "Other shares of classes", blocks)

"""Whether probabilities, or numbers, can be taken at their word here, and what a
recalibration makes of them."""

from pleura.evaluate.reliability import AFTER, BEFORE, CHANCE, CHANGE, CLASSWISE
from pleura.external import figures
from pleura.external.sections.part import Blocks, Part, metric_cell
from pleura.external.tables import Evaluated
from pleura.report.findings import NOTHING, Estimates, estimates
from pleura.report.numbers import METRICS, count, decimal, percent
from pleura.report.section import Text, unheaded
from pleura.report.table import Cell, Table, pairs

WRITTEN = {"log_loss": "Log-loss", "brier": "Brier score", CLASSWISE: "Calibration error"}


def blocks(evaluated: Evaluated) -> Blocks:
    """Whether probabilities can be taken at their word here, and what a recalibration makes of
    them."""
    if evaluated.task == "numbers":
        yield from _of_numbers(evaluated)
        return
    facts = evaluated.facts["recalibration"]
    yield Text(_drawn(evaluated))
    yield unheaded("reliability", "Reliability diagrams", *figures.reliability(evaluated))
    found = (
        estimates(evaluated.table("recalibration"), "measure", "shown") if facts["share"] else {}
    )
    every = estimates(evaluated.table("calibration"), "measure", "shown")
    home = evaluated.table("calibration_at_home")
    there: Estimates = estimates(home, "measure", "shown") if len(home) else {}
    rows = []
    for measure, title in WRITTEN.items():
        metric = METRICS.get(measure, METRICS["auroc"])
        row = [Cell(title), metric_cell(every.get((measure, BEFORE), NOTHING), metric)]
        if there:
            row.insert(1, metric_cell(there.get((measure, BEFORE), NOTHING), metric))
        if found:
            change = found.get((measure, CHANGE), NOTHING)
            tone = "good" if change.high < 0 else "bad" if change.low > 0 else ""
            row += [
                metric_cell(found.get((measure, shown), NOTHING), metric)
                for shown in (BEFORE, AFTER)
            ]
            row.append(metric_cell(change, metric, sign=True, tone=tone))
        chance = (found or every).get((measure, CHANCE), NOTHING)
        row.append(metric_cell(chance, metric))
        rows.append(row)
    judges = " | Before / those who judge | After / recalibrated | Change / paired"
    yield Table.of(
        "Probabilities as handed over and recalibrated; less is better",
        rows,
        "Measure" + " | At home / its test part" * bool(there) + " | Here / all new patients",
        *([judges.removeprefix(" | ")] if found else []),
        "By chance / if they were right",
    )
    if facts["share"]:
        yield _map_table(evaluated)


def _drawn(evaluated: Evaluated) -> str:
    facts = evaluated.facts["recalibration"]
    if not facts["share"]:
        return f"Nothing was recalibrated: {facts['left_out']}."
    table = evaluated.predictions
    fits, judges = (
        table.loc[table["recalibration"] == part, "patient"].nunique()
        for part in ("fits", "judges")
    )
    return (
        f"A map was fitted on {count(fits, 'patient')} and judged on the {judges} others, who are "
        f"other people: a share of {percent(facts['share'])} of the patients of each label, drawn "
        f"with seed {facts['seed']}. Few patients change little: the map is held near the model as "
        "it is handed over, and another draw gives another map. The other sections judge the model "
        "as it is handed over, on all new patients."
    )


def _map_table(evaluated: Evaluated) -> Table:
    rows = {
        str(row["parameter"]): decimal(row["value"], bounded=False)
        for row in evaluated.table("map").to_dict("records")
    }
    return pairs("What was fitted, on top of the model's own map", rows, ("Parameter", "Value"))


def _of_numbers(evaluated: Evaluated) -> Blocks:
    yield Text(_drawn(evaluated).replace("A map", "A line").replace("the map is", "the line is"))
    table = evaluated.table("recalibration")
    if table.empty:
        return
    found, rows = estimates(table, "measure", "shown"), []
    for name, metric in evaluated.metrics.items():
        change = found[name, CHANGE]
        good = change.high * metric.sign > 0 and change.low * metric.sign > 0
        bad = change.high * metric.sign < 0 and change.low * metric.sign < 0
        rows.append(
            [
                Cell(metric.title),
                *(metric_cell(found[name, shown], metric) for shown in (BEFORE, AFTER)),
                metric_cell(change, metric, sign=True, tone="good" * good + "bad" * bad),
            ]
        )
    names = "Metric | Before / those who judge | After / recalibrated | Change / paired"
    yield Table.of("Numbers as handed over and recalibrated", rows, names)
    yield _map_table(evaluated)


PART = Part("probabilities", "Probabilities", "Probabilities and recalibration", blocks, 2)

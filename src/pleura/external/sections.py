"""The sections of the page of an evaluation: each says what it found in blocks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pleura.evaluate.reliability import AFTER, BEFORE, CHANCE, CHANGE, CLASSWISE
from pleura.evaluate.transport import ALL, AT_HOME, HERE, HOME
from pleura.external import figures
from pleura.external.tables import Evaluated
from pleura.external.words import rates
from pleura.report import cells
from pleura.report.findings import NOTHING, WHOLE, Estimate, Estimates, estimates
from pleura.report.numbers import METRICS, Metric, capital, count, decimal, percent
from pleura.report.section import Block, Group, Text, unheaded
from pleura.report.table import NOTHING_KNOWN, Cell, Column, Table, pairs, table_of

Blocks = Iterator[Block]
RATES = ("sensitivity", "specificity", "ppv", "npv")
WRITTEN = {"log_loss": "Log-loss", "brier": "Brier score", CLASSWISE: "Calibration error"}


@dataclass(frozen=True)
class Part:
    """A section: its anchor, title, how it is called in the navigation, and its blocks; the first
    `open` tables and figures stand open."""

    anchor: str
    nav: str
    title: str
    blocks: Callable[[Evaluated], Blocks]
    open: int = 1


def _metric_cell(of: Estimate, metric: Metric, *, sign: bool = False, tone: str = "") -> Cell:
    if not np.isfinite(of.value):
        return NOTHING_KNOWN
    return cells.estimate(of, metric, sign=sign, tone=tone)


def results(evaluated: Evaluated) -> Blocks:
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
        row = [Cell(metric.title if not of else capital(metric.label)), _metric_cell(value, metric)]
        if evaluated.has_home:
            change, p = evaluated.difference(metric.name, of), evaluated.p(metric.name, of)
            holm = evaluated.p(metric.name, of, holm=True)
            worse = change.value * metric.sign < 0
            tone = ("bad" if worse else "good") if holm < 1 - evaluated.level else ""
            row += [
                _metric_cell(evaluated.at_home(metric.name, of), metric),
                _metric_cell(change, metric, sign=True, tone=tone),
                cells.p(p),
                cells.p(holm),
            ]
        rows.append(row)
    home = " | At home / its test part | Here less at home | p / this one alone | p / after Holm"
    return Table.of(title, rows, "Metric | Here" + home * evaluated.has_home)


def probabilities(evaluated: Evaluated) -> Blocks:
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
        row = [Cell(title), _metric_cell(every.get((measure, BEFORE), NOTHING), metric)]
        if there:
            row.insert(1, _metric_cell(there.get((measure, BEFORE), NOTHING), metric))
        if found:
            change = found.get((measure, CHANGE), NOTHING)
            tone = "good" if change.high < 0 else "bad" if change.low > 0 else ""
            row += [
                _metric_cell(found.get((measure, shown), NOTHING), metric)
                for shown in (BEFORE, AFTER)
            ]
            row.append(_metric_cell(change, metric, sign=True, tone=tone))
        chance = (found or every).get((measure, CHANCE), NOTHING)
        row.append(_metric_cell(chance, metric))
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
                *(_metric_cell(found[name, shown], metric) for shown in (BEFORE, AFTER)),
                _metric_cell(change, metric, sign=True, tone="good" * good + "bad" * bad),
            ]
        )
    names = "Metric | Before / those who judge | After / recalibrated | Change / paired"
    yield Table.of("Numbers as handed over and recalibrated", rows, names)
    yield _map_table(evaluated)


def thresholds(evaluated: Evaluated) -> Blocks:
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
            tone = "bad" if its[0].high < target else ""
            place = {HOME: "at home, test part", HERE: "here"}[where]
            by = "validation at home" if chosen == AT_HOME else "new patients"
            rows.append(
                [
                    Cell(of, f"sensitivity {percent(target)}"),
                    Cell(place, f"chosen by {by}"),
                    Cell(decimal(limit.value), order=limit.value),
                    cells.estimate(its[0], line=target, tone=tone),
                    *map(_rate, its[1:]),
                ]
            )
    names = "Sensitivity | Specificity | PPV | NPV"
    title = "Rates at chosen thresholds"
    first = Column(capital(evaluated.noun.one), "chosen for")
    yield Table.of(title, rows, first, "Judged | Threshold / probability", names)


def _rate(of: Estimate) -> Cell:
    return cells.estimate(of) if np.isfinite(of.value) else NOTHING_KNOWN


def sets(evaluated: Evaluated) -> Blocks:
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
    )
    rows, sizes = [], []
    for question, answer in dict.fromkeys(key[:2] for key in found):
        name = f"{question} {answer}".strip() or "every right answer"
        here = found.get((question, answer, "covered", HERE), NOTHING)
        expected = found.get((question, answer, "expected", HERE), NOTHING)
        tone = "bad" if here.high < expected.low else ""
        rows.append(
            [
                Cell(name),
                _rate(found.get((question, answer, "covered", HOME), NOTHING)),
                cells.estimate(here, tone=tone) if np.isfinite(here.value) else NOTHING_KNOWN,
                _rate(expected),
            ]
        )
        if (size := found.get((question, answer, "size", HERE))) is not None:
            measures = ("single", "empty", "full")
            shares = [found[question, answer, measure, HERE] for measure in measures]
            whole = Cell(decimal(size.value, 2, bounded=False), order=size.value)
            sizes.append([Cell(question or "all"), whole, *map(_rate, shares)])
    names = "Answer | At home / its test part | Here | Expected / with so many patients"
    yield Table.of("How often sets hold the right answer", rows, names)
    shares_named = "One answer | None | All / nothing ruled out"
    if sizes:
        yield Table.of("How large sets are here", sizes, "Question | Answers / mean", shares_named)


def shift(evaluated: Evaluated) -> Blocks:
    """Which images are unlike those of the training."""
    table = evaluated.table("flagged")
    if table.empty:
        return
    rate = float(evaluated.facts["flag"]["rate"])
    yield Text(
        "How far each image is from the training images of the model, by the features of its own "
        "network, in multiples of the limit. Beyond 1 it is flagged as unlike: of images like those "
        f"at home that happens to {percent(round(rate, 4))}. The flag sees images, not labels: a "
        "model can fail on images that look as they did at home."
    )
    figure = figures.distances(evaluated)
    if figure is not None:
        yield unheaded("distances", "Distances from the training images", figure)
    rows = []
    for row in table.to_dict("records"):
        share = Estimate(row["value"], row["low"], row["high"])
        tone = "bad" if share.low > rate else ""
        sizes = f"{count(row['images'], 'image')} of {count(row['patients'], 'patient')}"
        name = "All images" if row["class"] == ALL else str(row["class"])
        known = np.isfinite(share.value)
        rows.append(
            [Cell(name, sizes), cells.estimate(share, tone=tone) if known else NOTHING_KNOWN]
        )
    yield Table.of("Unlike the training images", rows, "Images | Share flagged")


def shares(evaluated: Evaluated) -> Blocks:
    """Which shares classes have here, and what the model's probabilities alone say of that."""
    table = evaluated.table("label_shift")
    if table.empty:
        return
    yield Text(
        "“Estimated” is what the model's probabilities say of shares without any label (expectation "
        "maximisation: Saerens, Latinne and Decaestecker 2002). It is right where only shares differ "
        "and the images of each class look as they did at home. Where its interval leaves the true "
        "share out (red), more has changed, and no correction by shares alone mends it."
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


def subgroups(evaluated: Evaluated) -> Blocks:
    """How the model does in subgroups of the new patients."""
    table = evaluated.table("subgroup_metrics")
    if table.empty:
        return
    yield Text(
        "The same predictions, on the images of one subgroup at a time. The flag makes two of its "
        "own: whether the model errs where it says that an image is unlike its training. p values "
        "are corrected together (Holm); too few patients in a group are not tested."
    )
    whole = table[table["class"].isin(WHOLE)]
    found = estimates(whole, "column", "group", "metric")
    for column in dict.fromkeys(table["column"]):
        rows = []
        for group in dict.fromkeys(table.loc[table["column"] == column, "group"]):
            its = table[(table["column"] == column) & (table["group"] == group)].iloc[0]
            sizes = f"{count(its['patients'], 'patient')}, {count(its['images'], 'image')}"
            of = [
                _metric_cell(found.get((column, group, name), NOTHING), metric)
                for name, metric in evaluated.metrics.items()
            ]
            rows.append([Cell(str(group), sizes), *of])
        metrics = [Column(metric.title) for metric in evaluated.metrics.values()]
        yield Table.of(f"By {column}", rows, Column(str(column)), *metrics)
    differences = _differences(evaluated)
    if differences:
        yield differences


def _differences(evaluated: Evaluated) -> Table | None:
    table = evaluated.table("subgroup_differences")
    rows = []
    for row in table[table["p"].notna()].to_dict("records") if len(table) else ():
        metric = evaluated.metrics[row["metric"]]
        worse = row["difference"] * metric.sign < 0
        tone = ("bad" if worse else "good") if row["p_holm"] < 1 - evaluated.level else ""
        rows.append(
            [
                Cell(f"{row['column']}: {row['group']}", f"against {row['other']}"),
                Cell(metric.title),
                _metric_cell(
                    Estimate(row["difference"], row["low"], row["high"]),
                    metric,
                    sign=True,
                    tone=tone,
                ),
                cells.p(row["p_holm"]),
            ]
        )
    return table_of("Differences", rows, "Subgroup | Metric | Difference | p / after Holm")


def patients(evaluated: Evaluated) -> Blocks:
    """Whose images these are, and whom the model knew."""
    facts, home = evaluated.facts, evaluated.facts.get("home")
    if home is None:
        yield Text(
            "The folder of the model's study is not here (name it by --study), so that nobody "
            "could look whether the model was trained on patients of this table."
        )
    else:
        yield Text(
            f"Compared with the study “{home['study']}”: patients by all spellings of "
            f"{count(home['patients_compared'], 'name')}, images by the pixels of "
            f"{count(home['images_compared'], 'decoded image')}, mirrored and saved again too. "
            "A patient of another number with other images is not found."
        )
    for note in facts["notes"]:
        yield Text(capital(str(note)) + "." * (not str(note).endswith(".")))
    known = evaluated.table("known")
    rows = [
        [Cell(f"row {row['row']}", str(row["image"])), Cell(str(row["by"])), Cell(str(row["part"]))]
        for row in known.to_dict("records")
    ]
    if rows:
        yield Table.of("Known to the study", rows, "Row | Known by | Part at home")


def reproduce(evaluated: Evaluated) -> Blocks:
    """How to do it again."""
    facts, card = evaluated.facts, evaluated.card
    told = {
        "Model": f"{facts['model']}: {card.get('recipe', 'a model')}",
        "Network": str(card.get("backbone") or card.get("network") or ""),
        "Training": f"fraction {card.get('fraction', 1)}, seed {card.get('seed', 0)}, fold "
        f"{card.get('fold', 0)}",
        "Table": str(facts["table"]),
        **{name: str(value) for name, value in facts["versions"].items()},
    }
    yield pairs("What was evaluated", told, ("What", "Which"))
    yield Text(
        "Every number here is in the tables beside this page; predictions.csv has one row an image, "
        "from which all of them are computed, together with the predictions of the study's folder."
    )


PARTS = (
    Part("results", "Results", "Here against home", results),
    Part("probabilities", "Probabilities", "Probabilities and recalibration", probabilities, 2),
    Part("thresholds", "Thresholds", "Thresholds chosen at home", thresholds),
    Part("sets", "Prediction sets", "Prediction sets", sets),
    Part("shift", "Unlike images", "Images unlike the training", shift, 2),
    Part("shares", "Shares", "Other shares of classes", shares),
    Part("subgroups", "Subgroups", "Subgroups", subgroups),
    Part("patients", "Patients", "Patients and images", patients),
    Part("reproduce", "Reproduce", "How it was done", reproduce),
)

"""Every recipe's value and its difference to the reference, with intervals."""

import math
from collections.abc import Iterator

from pleura.evaluate.case_runs import ALL
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.forest import forest
from pleura.report.findings import Comparison, Findings, estimates, in_words
from pleura.report.measures import columns, shown
from pleura.report.numbers import at_labels, capital, listing, of_labels, p_value
from pleura.report.section import (
    Block,
    Caution,
    Drawn,
    Figures,
    Section,
    Words,
    always,
    folded,
    tables,
)
from pleura.report.segmentation import CasesFolder
from pleura.report.study import F, Judged, Study
from pleura.report.table import (
    NOTHING_KNOWN,
    Cell,
    Column,
    Table,
    estimate_cell,
    headings,
    recipe_cell,
    table_of,
)
from pleura.report.verdict import TONES


def comparison_table(findings: Findings, fraction: float) -> Table | None:
    """Every difference to the reference at one fraction; None where there is none."""
    metric = findings.metric
    rows = []
    for each in findings.compared(fraction):
        value, low, high = each.difference.value, each.difference.low, each.difference.high
        rows.append(
            [
                recipe_cell(each.recipe, findings),
                Cell(metric.decimal(value, sign=True), order=value),
                Cell(metric.interval(low, high), order=low),
                Cell(p_value(each.p), order=each.p),
                Cell(p_value(each.p_holm), order=each.p_holm),
                Cell(each.verdict, tone=_tone(each, findings)),
            ]
        )
    names = [
        Column("Recipe"),
        Column("Difference", f"{metric.label}, to {findings.reference}"),
        Column("Interval", f"{100 * findings.level:.4g} %"),
        *headings("p / this comparison alone | p / after Holm | Verdict"),
    ]
    return table_of(f"Differences to {findings.reference}, {of_labels(fraction)}", names, rows)


def _tone(comparison: Comparison, findings: Findings) -> str:
    """Baselines stay neutral: what they reach is no success of a strategy."""
    return "" if comparison.recipe in findings.baselines else TONES.get(comparison.verdict, "")


def other_measures(judged: Judged, contents: CasesFolder, fraction: float) -> Table | None:
    """Differences to the reference on every measure; None where there is nothing to compare."""
    findings, whole = judged.findings, judged.comparisons
    whole = whole[(whole["structure"] == ALL) & (whole["fraction"] == fraction)]
    found = estimates(whole, "recipe", "metric")
    verdicts = whole.set_index(["recipe", "metric"])["verdict"].to_dict()
    rows = []
    for name in findings.looks:
        if any(recipe == name for recipe, _ in found):
            cells = [
                estimate_cell(
                    shown(key, found[name, key]),
                    metric,
                    sign=True,
                    tone={"better": "good", "worse": "bad"}.get(verdicts[name, key], ""),
                )
                if (name, key) in found
                else NOTHING_KNOWN
                for key, metric in judged.measures.items()
            ]
            rows.append([recipe_cell(name, findings), *cells])
    title = f"Differences to {findings.reference} on every measure, {of_labels(fraction)}"
    return table_of(title, [Column("Recipe"), *columns(contents.unit).values()], rows)


def pixel_cautions(findings: Findings) -> list[Caution]:
    """Recipes that are not shown to beat the best pixel baseline, by fraction."""
    found = []
    for fraction in findings.fractions:
        best = findings.best_baseline(fraction)
        if best is None:
            continue
        bar = f"the pixel baseline “{best}” ({_value(findings, best, fraction)} "
        bar += f"{findings.metric.label})"
        unshown = [
            recipe
            for recipe in findings.recipes
            if findings.has(recipe, fraction)
            and not findings.shown_better(findings.lead(recipe, fraction))
        ]
        merit = findings.merit(best, fraction)
        above = [recipe for recipe in unshown if findings.merit(recipe, fraction) > merit]
        below = [f"“{r}” ({_value(findings, r, fraction)})" for r in unshown if r not in above]
        if below:
            verb = "does" if len(below) == 1 else "do"
            text = f"{listing(below)} {verb} no better than {bar} on thumbnails, "
            found.append(Caution(f"{text}{at_labels(fraction)}."))
        if above:
            verb = "is" if len(above) == 1 else "are"
            leads = [f"“{recipe}”{_lead(findings, recipe, fraction)}" for recipe in above]
            text = f"{listing(leads)} {verb} not shown to beat {bar} {at_labels(fraction)}: "
            text += "the interval of the difference does not leave zero out."
            found.append(Caution(text))
    return found


def _lead(findings: Findings, recipe: str, fraction: float) -> str:
    """` (.930, difference +.010, −.010 to .030)`; without the difference where none is known."""
    lead, value = findings.lead(recipe, fraction), _value(findings, recipe, fraction)
    if math.isnan(lead.value):
        return f" ({value})"
    difference = in_words(lead, findings.metric, sign=True).replace(" (", ", ").rstrip(")")
    return f" ({value}, difference {difference})"


def _value(findings: Findings, recipe: str, fraction: float) -> str:
    return findings.metric.decimal(findings.primary(recipe, fraction).value)


def _of_model(study: Study[ClassifierFolder], _: bool) -> Iterator[str]:
    findings, model = study.findings, study.model
    if model and not math.isnan(model.lead.value) and not findings.shown_better(model.lead):
        worse = findings.shown_worse(model.lead)
        verb = "is shown to be worse than" if worse else "is not shown to beat"
        difference = in_words(model.lead, findings.metric, sign=True)
        yield (
            f"It {verb} the pixel baseline “{model.baseline}” of the same patients "
            f"(difference in {findings.metric.label} {difference})."
        )


def _drawn(findings: Findings) -> Iterator[Drawn]:
    for fraction in findings.fractions:
        told = "; ".join(
            f"{name} {in_words(findings.primary(name, fraction), findings.metric)}"
            for name in findings.at(fraction)
        )
        description = f"{findings.metric.label} with intervals, {at_labels(fraction)}: {told}"
        yield capital(at_labels(fraction)), description, forest(findings, fraction)


def _blocks(study: Study[F], _: bool) -> Iterator[Block]:
    findings = study.findings
    yield Words()
    yield Figures("forests", _drawn(findings))
    yield from tables(comparison_table(findings, each) for each in findings.fractions)


def _with_every_measure(study: Study[CasesFolder], found: bool) -> Iterator[Block]:
    yield from _blocks(study, found)
    largest_first = study.findings.fractions[::-1]
    others = [other_measures(study.judged, study.contents, each) for each in largest_first]
    if any(others):
        yield Words("others")
        yield from folded(others)


SECTION = Section(
    "forest",
    always,
    _blocks,
    lambda study, _: pixel_cautions(study.findings),
    _of_model,
)
ON_EVERY_MEASURE = Section("forest", always, _with_every_measure)

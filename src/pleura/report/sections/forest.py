"""Every recipe's value and its difference to the reference, with intervals."""

import math
from collections.abc import Iterator

from pleura.evaluate.case_runs import ALL
from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.figures.forest import forest
from pleura.report.findings import (
    NOTHING,
    TOO_WIDE,
    UNTOLD,
    Estimate,
    Findings,
    comparisons,
    in_words,
    written,
)
from pleura.report.measures import columns
from pleura.report.numbers import at_labels, capital, of_labels
from pleura.report.pixels import behind_pixels
from pleura.report.prose import say, sentences
from pleura.report.section import (
    Blocks,
    Caution,
    Cautions,
    Drawn,
    Figures,
    Section,
    Words,
    always,
    folded,
    tables,
)
from pleura.report.segmentation import CasesFolder, CasesStudy
from pleura.report.study import F, Judged, Study
from pleura.report.table import NAN, NOTHING_KNOWN, Cell, Column, Table, table_of
from pleura.report.verdict import TONES


def comparison_table(findings: Findings, fraction: float) -> Table | None:
    """Every difference to the reference at one fraction; None where there is none."""
    metric, reference = findings.metric, findings.reference
    rows = [
        [
            cells.recipe(each.recipe, findings),
            Cell(cell.text, order=cell.order),
            Cell(cell.detail, order=of.low if cell.detail != TOO_WIDE else NAN),
            cells.p(each.p),
            cells.p(each.p_holm),
            # Baselines stay neutral: what they reach is no success of a strategy.
            Cell(
                each.verdict, tone=TONES.get(each.verdict, "") * (each.recipe in findings.recipes)
            ),
            Cell(metric.decimal(each.detectable), order=each.detectable),
        ]
        for each in findings.compared(fraction)
        for of in [each.difference]
        for cell in [cells.estimate(of, metric, sign=True)]
    ]
    return table_of(
        f"Differences to {reference}, {of_labels(fraction)}",
        rows,
        *("Recipe", Column("Difference", f"{metric.label}, to {reference}")),
        f"Interval / {100 * findings.level:.4g} % | p / this comparison alone | p / after Holm",
        "Verdict | Could have shown / differences from here on",
    )


def other_measures(judged: Judged, contents: CasesFolder, fraction: float) -> Table | None:
    """Differences to the reference on every measure; None where there is nothing to compare."""
    findings, table = judged.findings, judged.comparisons
    table = table[(table["structure"] == ALL) & (table["fraction"] == fraction)]
    compared = comparisons(table, "recipe", "metric")
    tones = {"better": "good", "worse": "bad"}
    rows = []
    for name in [name for name in findings.looks if any(recipe == name for recipe, _ in compared)]:
        row = [cells.recipe(name, findings)]
        for key, metric in judged.measures.items():
            if each := compared.get((name, key)):
                of, tone = each.difference.scaled(metric), tones.get(each.verdict, "")
                row.append(cells.estimate(of, metric, sign=True, tone=tone))
            else:
                row.append(NOTHING_KNOWN)
        rows.append(row)
    title = f"Differences to {findings.reference} on every measure, {of_labels(fraction)}"
    return table_of(title, rows, "Recipe", *columns(contents.unit).values())


def _pixel_cautions(study: ClassifierStudy, _: bool) -> Cautions:
    """Recipes that are not shown to beat the best pixel baseline, by fraction."""
    findings = study.findings
    for fraction in findings.fractions:
        best = findings.best_baseline(fraction)
        if best is None:
            continue
        below, above, known = [], [], False
        here = [recipe for recipe in findings.recipes if findings.has(recipe, fraction)]
        leads = {recipe: findings.lead(recipe, fraction) for recipe in here}
        none_beats = not any(map(findings.shown_better, leads.values()))  # as the verdict says
        for recipe, lead in leads.items():
            if not findings.shown_better(lead):
                if findings.merit(recipe, fraction) > findings.merit(best, fraction):
                    above.append(_with_lead(findings, recipe, fraction, lead))
                    known |= math.isfinite(lead.low) and math.isfinite(lead.high)
                else:
                    below.append(_with_lead(findings, recipe, fraction, NOTHING))
        best_value = findings.metric.amount(findings.primary(best, fraction).value)
        values = {
            "below": below,
            "above": above,
            "known": known,
            "bar": f"“{best}” ({best_value})",
            "where": at_labels(fraction),
        }
        for text in sentences("forest", "pixels", **values):
            yield Caution(text, in_verdict=none_beats)


def _with_lead(findings: Findings, recipe: str, fraction: float, lead: Estimate) -> str:
    """`“a” (.930, difference +.010, −.010 to .030)`; without the difference where it is nan."""
    value = findings.metric.decimal(findings.primary(recipe, fraction).value)
    if math.isnan(lead.value):
        return f"“{recipe}” ({value})"
    difference, ends = written(lead, findings.metric, sign=True)
    told = f"{UNTOLD} the difference" if ends == TOO_WIDE else f"difference {difference}, {ends}"
    return f"“{recipe}” ({value}, {told})"


def _of_model(study: ClassifierStudy, _: bool) -> Iterator[str]:
    findings, model = study.findings, study.model
    if model and behind_pixels(study):
        yield say(
            "forest",
            "of_model",
            metric=findings.metric,
            model=model,
            worse=findings.shown_worse(model.lead),
        )


def _drawn(findings: Findings) -> Iterator[Drawn]:
    for fraction in findings.fractions:
        values = "; ".join(
            f"{name} {in_words(findings.primary(name, fraction), findings.metric)}"
            for name in findings.at(fraction)
        )
        where = at_labels(fraction)
        description = f"{findings.metric.label} with intervals, {where}: {values}"
        yield capital(where), description, forest(findings, fraction)


def _blocks(study: Study[F], _: bool) -> Blocks:
    findings = study.findings
    yield Words("verdicts")
    yield Words()
    yield Figures("forests", _drawn(findings))
    yield from tables(comparison_table(findings, each) for each in findings.fractions)


def _with_every_measure(study: CasesStudy, _: bool) -> Blocks:
    yield from _blocks(study, _)
    largest_first = study.findings.fractions[::-1]
    others = [other_measures(study.judged, study.contents, each) for each in largest_first]
    if any(others):
        yield Words("others")
        yield from folded(others)


SECTION = Section("forest", always, _blocks, _pixel_cautions, _of_model, open=0, of_recipes=True)
ON_EVERY_MEASURE = Section("forest", always, _with_every_measure, open=0)

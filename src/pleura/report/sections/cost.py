"""What recipes cost beside what they reach: who is smaller and as good, and who is the cheapest."""

import math
from collections.abc import Iterator, Mapping

import pandas as pd

from pleura.evaluate.compare import compare
from pleura.report.classification import ClassifierFolder
from pleura.report.costs import Cost, Costs
from pleura.report.figures.pareto import pareto
from pleura.report.findings import Comparison, Findings, in_words
from pleura.report.numbers import (
    MISSING,
    at_labels,
    capital,
    count,
    duration,
    listing,
    magnitude,
)
from pleura.report.section import Block, Drawn, Figures, Section, Words, tables
from pleura.report.study import Study
from pleura.report.table import Cell, Column, Table, headings, recipe_cell, table_of
from pleura.report.verdict import TONES

GOOD = ("better", "as good")
COST = "Parameters | MACs / an image | Time / an image | Training and tuning / a run"
COUNT, TIME = ("fewer", "more"), ("faster", "slower")


def find_costs(predictions: pd.DataFrame, runs: pd.DataFrame, findings: Findings) -> Costs:
    """Evaluate what recipes cost, and the cheapest at each fraction as good as the best there."""
    names = ["macs", "parameters", "latency_ms", "tuning_seconds"]
    means = runs.groupby(["recipe", "fraction"])[names].mean()
    unknown = Cost(*[math.nan] * len(names))
    of = {(name, each): unknown for name in findings.looks for each in findings.fractions}
    of |= {key: Cost(*values) for key, *values in means.itertuples(name=None)}
    test = predictions[predictions["part"] == "test"]
    cheapest = {each: _as_the_best(test, of, findings, each) for each in findings.fractions}
    return Costs(of, {each: name for each, name in cheapest.items() if name})


def _as_the_best(
    test: pd.DataFrame, of: Mapping[tuple[str, float], Cost], findings: Findings, fraction: float
) -> str | None:
    """The recipe of fewest MACs that is as good as the best one at a fraction; None without any."""
    best = findings.best_recipe(fraction)
    if best is None or math.isnan(of[best, fraction].macs):
        return None
    here = test[test["fraction"] == fraction]
    seeds = set(here.loc[here["recipe"] == best, "seed"])
    cheaper = {n for n in findings.recipes if of[n, fraction].macs < of[best, fraction].macs}
    rivals = here[here["recipe"].isin(cheaper) & here["seed"].isin(seeds)]
    if rivals.empty:
        return best
    compared = compare(
        here[here["recipe"].isin({best, *rivals["recipe"]})],
        reference=best,
        metric=findings.metric,
        margin=findings.margin,
        level=findings.level,
    )
    good = [str(name) for name in compared.loc[compared["verdict"].isin(GOOD), "recipe"]]
    return min([*good, best], key=lambda name: of[name, fraction].macs)


def cost_sentences(costs: Costs, findings: Findings) -> list[str]:
    """What the table shows at each fraction, fewest labels first; then the cost of the model handed
    over, which is compared with nothing."""
    told = []
    for fraction in findings.fractions:
        smaller = costs.smaller(findings, fraction)
        good = [c for c in findings.compared(fraction) if c.recipe in smaller and c.verdict in GOOD]
        told.append(f"{capital(at_labels(fraction))}: {_smaller(costs, findings, fraction, good)}")
        cheapest, best = costs.as_the_best.get(fraction), findings.best_recipe(fraction)
        if cheapest and best:
            told[-1] += f" {_cheapest(costs, findings, fraction, cheapest, best)}"
    return told + [
        _handed_over(costs, name, fraction)
        for fraction in findings.fractions
        for name, look in findings.at(fraction).items()
        if look.kind == "delivered"
    ]


def _handed_over(costs: Costs, name: str, fraction: float) -> str:
    mine = costs.of[name, fraction]
    told = [f"{magnitude(mine.parameters)} parameters", f"{magnitude(mine.macs)} MACs an image"]
    if math.isfinite(mine.latency_ms):
        told.append(f"{mine.latency_ms:.1f} ms an image")
    return f"{name}, the model that is handed over, has {listing(told)}."


def _smaller(costs: Costs, findings: Findings, fraction: float, good: list[Comparison]) -> str:
    reference, candidates = findings.reference, costs.smaller(findings, fraction)
    theirs = costs.of[reference, fraction]
    if math.isnan(theirs.macs):
        return f"{reference} is no network, so none can be called smaller."
    if not candidates:
        return f"no recipe has fewer parameters or MACs than {reference}."
    among = f"{count(len(candidates), 'recipe')} with fewer parameters or MACs than {reference}"
    if not good:
        return f"of {among}, none is shown to be as good."
    first = min(good, key=lambda c: costs.of[c.recipe, fraction].macs).recipe
    mine = costs.of[first, fraction]
    ratios = [
        f"{times(theirs.parameters / mine.parameters, 'fewer', 'more')} parameters",
        f"{times(theirs.macs / mine.macs, 'fewer', 'more')} MACs",
    ]
    names = listing([c.recipe for c in good])
    verb = "is" if len(good) == 1 else "are"
    faster = times(theirs.latency_ms / mine.latency_ms, "faster", "slower")
    return (
        f"of {among}, {names} {verb} as good or better. The one with the fewest MACs, {first}, has "
        f"{' and '.join(ratios)}" + (f", and is {faster}." if faster != MISSING else ".")
    )


def _cheapest(costs: Costs, findings: Findings, fraction: float, cheapest: str, best: str) -> str:
    value = in_words(findings.primary(best, fraction), findings.metric)
    if cheapest == best:
        return f"No recipe with fewer MACs is shown to be as good as the best one, {best} {value}."
    ratio = costs.of[best, fraction].macs / costs.of[cheapest, fraction].macs
    return (
        f"The cheapest that is as good as the best one, {best} {value}, is {cheapest}, with "
        f"{times(ratio, 'fewer', 'more')} MACs."
    )


def times(ratio: float, less: str, more: str) -> str:
    """`3.7 times fewer`, `1.3 times more`; a dash where it is not known."""
    if not (math.isfinite(ratio) and ratio > 0):
        return MISSING
    word, factor = (less, ratio) if ratio >= 1 else (more, 1 / ratio)
    if factor < 1.005:
        return "equally many" if less == "fewer" else "equally fast"
    digits = 0 if factor >= 99.5 else 1 if factor >= 9.95 else 2
    return f"{factor:.{digits}f}\N{NO-BREAK SPACE}times {word}"


def cost_table(costs: Costs, findings: Findings, fraction: float) -> Table | None:
    """Every recipe with fewer parameters or MACs than the reference that is as good or better, and
    how many times fewer they are; None where there is none."""
    theirs = costs.of[findings.reference, fraction]
    compared = {c.recipe: c for c in findings.compared(fraction) if c.verdict in GOOD}
    rows = []
    for name in costs.smaller(findings, fraction):
        if name not in compared:
            continue
        mine, comparison = costs.of[name, fraction], compared[name]
        latency, seconds = mine.latency_ms, mine.tuning_seconds
        rows.append(
            [
                recipe_cell(name, findings),
                Cell(
                    in_words(comparison.difference, findings.metric, sign=True),
                    order=comparison.difference.value,
                ),
                Cell(comparison.verdict, tone=TONES[comparison.verdict]),
                _ratio(theirs.parameters, mine.parameters, COUNT, magnitude(mine.parameters)),
                _ratio(theirs.macs, mine.macs, COUNT, magnitude(mine.macs)),
                _ratio(theirs.latency_ms, latency, TIME, f"{latency:.1f} ms"),
                _ratio(theirs.tuning_seconds, seconds, TIME, duration(seconds)),
            ]
        )
    names = [
        Column("Recipe"),
        Column("Difference", f"{findings.metric.label}, to {findings.reference}"),
        *headings(f"Verdict | {COST}"),
    ]
    title = f"Smaller than {findings.reference} and as good, {at_labels(fraction)}"
    return table_of(title, names, rows)


def _ratio(theirs: float, mine: float, words: tuple[str, str], value: str) -> Cell:
    return Cell(times(theirs / mine, *words), value, order=theirs / mine)


def _find(study: Study[ClassifierFolder]) -> Costs:
    return find_costs(study.recipes.contents.predictions, study.contents.runs, study.findings)


def _drawn(costs: Costs, findings: Findings) -> Iterator[Drawn]:
    for fraction in reversed(findings.fractions):
        if figure := pareto(costs, findings, fraction):
            description = f"{findings.metric.label} against cost, {at_labels(fraction)}"
            yield capital(at_labels(fraction)), description, figure


def _blocks(study: Study[ClassifierFolder], costs: Costs) -> Iterator[Block]:
    findings = study.findings
    if drawn := list(_drawn(costs, findings)):
        yield Words()
        yield Figures("cost", drawn, folded=True)
        yield Words("smaller", sentences=cost_sentences(costs, findings))
        yield from tables(cost_table(costs, findings, each) for each in findings.fractions)


SECTION = Section("cost", _find, _blocks)

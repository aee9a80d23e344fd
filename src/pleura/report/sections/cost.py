"""What recipes cost beside what they reach: who is smaller and as good, and who is the cheapest."""

import math
from collections.abc import Mapping

from pleura.report import cells
from pleura.report.classification import ClassifierStudy
from pleura.report.costs import Cost, Costs
from pleura.report.figures.pareto import pareto
from pleura.report.findings import Comparison, Findings, in_words
from pleura.report.numbers import MISSING, at_labels, duration, magnitude
from pleura.report.pixels import against
from pleura.report.prose import say
from pleura.report.section import Blocks, Section, Words, figures_by_fraction, tables
from pleura.report.table import Cell, Column, Table, table_of
from pleura.report.verdict import TONES

GOOD = ("better", "as good")
COST = "Parameters | MACs / an image | Time / an image | Training and tuning / a run"
COUNT, TIME = ("fewer", "more"), ("faster", "slower")


def find_costs(study: ClassifierStudy) -> Costs:
    """Evaluate what recipes cost, and the cheapest at each fraction as good as the best there."""
    runs, findings = study.contents.runs, study.findings
    names = ["macs", "parameters", "latency_ms", "tuning_seconds"]
    means = runs.groupby(["recipe", "fraction"])[names].mean()
    unknown = Cost(*[math.nan] * len(names))
    of = {(name, each): unknown for name in findings.looks for each in findings.fractions}
    of |= {key: Cost(*values) for key, *values in means.itertuples(name=None)}
    cheapest = {each: _as_the_best(study, of, each) for each in findings.fractions}
    return Costs(of, {each: name for each, name in cheapest.items() if name})


def _as_the_best(
    study: ClassifierStudy, of: Mapping[tuple[str, float], Cost], fraction: float
) -> str | None:
    """The recipe of fewest MACs that is as good as the best one at a fraction; None without any."""
    findings, test = study.findings, study.recipes.contents.test
    best = findings.best_recipe(fraction)
    if best is None or math.isnan(of[best, fraction].macs):
        return None
    cheaper = [n for n in findings.recipes if of[n, fraction].macs < of[best, fraction].macs]
    compared = against(findings, test, fraction, best, cheaper, study.judged.compare)
    if compared is None:
        return best
    good: list[str] = compared.loc[compared["verdict"].isin(GOOD), "recipe"].tolist()
    return min([*good, best], key=lambda name: of[name, fraction].macs)


def cost_sentences(costs: Costs, findings: Findings) -> list[str]:
    """What the table shows at each fraction, fewest labels first; then the cost of the model handed
    over, which is compared with nothing."""
    return [_sentence(costs, findings, fraction) for fraction in findings.fractions] + [
        say("cost", "handed_over", name=name, cost=cost, latency=latency)
        for fraction in findings.fractions
        for name, look in findings.at(fraction).items()
        if look.handed_over
        for cost in [costs.of[name, fraction]]
        for latency in [f"{cost.latency_ms:.1f} ms an image" if cost.latency_ms >= 0 else ""]
    ]


def _sentence(costs: Costs, findings: Findings, fraction: float) -> str:
    """Who is smaller and as good at one fraction, and who is the cheapest as good as the best."""
    of = {name: cost for (name, each), cost in costs.of.items() if each == fraction}
    smaller, best = costs.smaller(findings, fraction), findings.best_recipe(fraction)
    good = [name for name in _as_good(findings, fraction) if name in smaller]
    first = min(good, key=lambda name: of[name].macs, default=findings.reference)
    return say(
        "cost",
        "at_fraction",
        fraction=fraction,
        reference=findings.reference,
        of=of,
        a_network=not math.isnan(of[findings.reference].macs),
        smaller=smaller,
        good=good,
        first=first,
        faster=times(of[findings.reference].latency_ms / of[first].latency_ms, *TIME),
        best=best,
        cheapest=costs.as_the_best.get(fraction),
        value=in_words(findings.primary(best, fraction), findings.metric) if best else "",
        times=times,
    )


def _as_good(findings: Findings, fraction: float) -> dict[str, Comparison]:
    """Recipes and baselines that are shown to be as good as the reference, or better."""
    return {each.recipe: each for each in findings.compared(fraction) if each.verdict in GOOD}


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
    metric, reference = findings.metric, findings.reference
    theirs, good = costs.of[reference, fraction], _as_good(findings, fraction)
    rows = []
    for name in costs.smaller(findings, fraction):
        if name not in good:
            continue
        mine, verdict, of = costs.of[name, fraction], good[name].verdict, good[name].difference
        latency, seconds = mine.latency_ms, mine.tuning_seconds
        rows.append(
            [
                cells.recipe(name, findings),
                cells.estimate(of, metric, sign=True),
                Cell(verdict, tone=TONES[verdict]),
                _ratio(theirs.parameters, mine.parameters, COUNT, magnitude(mine.parameters)),
                _ratio(theirs.macs, mine.macs, COUNT, magnitude(mine.macs)),
                _ratio(theirs.latency_ms, latency, TIME, f"{latency:.1f} ms"),
                _ratio(theirs.tuning_seconds, seconds, TIME, duration(seconds)),
            ]
        )
    title = f"Smaller than {reference} and as good, {at_labels(fraction)}"
    difference = Column("Difference", f"{metric.label}, to {reference}")
    return table_of(title, rows, "Recipe", difference, f"Verdict | {COST}")


def _ratio(theirs: float, mine: float, words: tuple[str, str], value: str) -> Cell:
    return Cell(times(theirs / mine, *words), value, order=theirs / mine)


def _blocks(study: ClassifierStudy, costs: Costs) -> Blocks:
    findings = study.findings
    figures = figures_by_fraction(
        "cost",
        f"{findings.metric.label} against cost",
        reversed(findings.fractions),
        lambda fraction: pareto(costs, findings, fraction),
        folded=True,
    )
    if figures.drawn:
        yield Words(taught="teacher" in study.contents.runs)
        yield figures
        yield Words("smaller", sentences=cost_sentences(costs, findings))
        yield from tables(cost_table(costs, findings, each) for each in findings.fractions)


SECTION = Section("cost", find_costs, _blocks)

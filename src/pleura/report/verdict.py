"""The result in words: one sentence for the whole study, and what was shown at each fraction."""

from collections.abc import Sequence
from dataclasses import dataclass

from pleura.report.findings import (
    UNDECIDED,
    Comparison,
    Estimate,
    Findings,
    could_show,
    difference_told,
    in_words,
    with_quantity,
)
from pleura.report.numbers import at_labels, capital, of_labels, setting
from pleura.report.prose import say

VERDICTS = {
    "better": "Better than {reference}",
    "as good": "At least as good as {reference}, within the margin",
    UNDECIDED: "No difference from {reference} shown",
    "worse": "Worse than {reference}",
}
TONES = {"better": "good", "as good": "good", "worse": "bad"}
FRACTIONS_TOLD = 3


@dataclass(frozen=True)
class Group:
    """Recipes of one verdict, or the pixel baselines, each with its difference in words."""

    verdict: str
    title: str
    members: tuple[tuple[str, str], ...]
    detail: str = ""


@dataclass(frozen=True)
class Line:
    """What was shown at one fraction."""

    fraction: str
    reference_value: str
    groups: tuple[Group, ...]


def headline(findings: Findings) -> str:
    """The verdict in one sentence with its uncertainty, fewest labels first.

    Beyond three fractions only the smallest and the largest are told. At each fraction the sentence
    is about the best recipe that is shown to be better than the reference, or else about the best.
    It begins with a capital unless it begins with the name of a recipe, which stays as it is.
    """
    claims: dict[str, list[str]] = {}
    for fraction, compared in _compared(findings).items():
        claim, amount = _claim(findings, compared, fraction)
        where = "" if findings.fractions == (1,) else f", {at_labels(fraction)}"
        claims.setdefault(claim, []).append(f"{amount}{where}")
    if not claims:
        largest, reference = findings.fractions[-1], findings.reference
        value = with_quantity(findings.primary(reference, largest), findings.metric)
        return say("verdict", "alone", reference=reference, value=value, fraction=largest)
    sentence = "; ".join(f"{claim} {', and '.join(amounts)}" for claim, amounts in claims.items())
    named = sentence.startswith(tuple(f"{name} " for name in findings.recipes))
    return f"{sentence if named else capital(sentence)}."


def choice(findings: Findings) -> str:
    """That the headline's recipe was picked by the test part; empty where there was no choice."""
    compared = {at: each for at, each in _compared(findings).items() if len(each) > 1}
    if not compared:
        return ""
    named = {at: _named(findings, each, at).recipe for at, each in compared.items()}
    best = {at: findings.best_recipe(at) for at in compared}
    among = max(map(len, compared.values())) + 1
    first = named == best and len(set(named.values())) == 1
    words = {"among": among, "many": _many(findings, among)}
    return say("verdict", "choice", reference=findings.reference, first=first, **words)


def _compared(findings: Findings) -> dict[float, list[Comparison]]:
    """By fraction that is told the comparisons of recipes, where there are any."""
    fractions = findings.fractions
    ends = fractions if len(fractions) <= FRACTIONS_TOLD else (fractions[0], fractions[-1])
    every = {fraction: _of(findings, fraction, findings.recipes) for fraction in ends}
    return {fraction: compared for fraction, compared in every.items() if compared}


def _of(findings: Findings, fraction: float, names: Sequence[str]) -> list[Comparison]:
    return [each for each in findings.compared(fraction) if each.recipe in names]


def _named(findings: Findings, compared: list[Comparison], fraction: float) -> Comparison:
    """The comparison that the headline tells."""
    shown = [c for c in compared if c.verdict == "better"]
    return max(shown or compared, key=lambda c: findings.merit(c.recipe, fraction))


def lines(findings: Findings) -> tuple[Line, ...]:
    """For each fraction, fewest labels first, the recipes by verdict, best verdict first, and
    the pixel baselines, whose verdicts say nothing of a strategy, by themselves at the end."""
    return tuple(_line(findings, fraction) for fraction in findings.fractions)


def _line(findings: Findings, fraction: float) -> Line:
    reference = findings.reference
    compared = _of(findings, fraction, findings.recipes)
    groups = [
        Group(
            verdict,
            title.format(reference=reference),
            _members(findings, [each for each in compared if each.verdict == verdict]),
            say("verdict", "could_show", least=least) if verdict == UNDECIDED and least else "",
        )
        for verdict, title in VERDICTS.items()
        for least in [could_show(compared, findings.metric)]
    ]
    pixels = _members(findings, _of(findings, fraction, findings.baselines))
    groups.append(Group("baseline", "Pixel baselines", pixels, f"difference to {reference}"))
    value = in_words(findings.primary(reference, fraction), findings.metric)
    shown = tuple(group for group in groups if group.members)
    return Line(capital(of_labels(fraction)), value, shown)


def _members(findings: Findings, compared: Sequence[Comparison]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (each.recipe, in_words(each.difference, findings.metric, sign=True)) for each in compared
    )


def _claim(findings: Findings, compared: list[Comparison], fraction: float) -> tuple[str, str]:
    """A claim and its amount: `fine-tuning beats scratch`, `by .120 AUROC (.090 to .150)`."""
    best = _named(findings, compared, fraction)
    recipe, alone = best.recipe, len(compared) == 1
    if recipe == findings.best_recipe(fraction) and not alone:
        recipe = f"{recipe} (the best of {_many(findings, len(compared) + 1)})"
    margin = margin_of(findings) if findings.margin else ""
    words = {"reference": findings.reference, "margin": margin}
    claim = say("verdict", "claim", best=best, recipe=recipe, alone=alone, **words)
    if best.verdict in ("better", "worse"):
        return claim, f"by {size(findings, best.difference)}"
    return claim, f"({difference_told(best.difference, findings.metric)})"


def _many(findings: Findings, number: int) -> str:
    """`3 recipes`, or `3 recipes and averages` where some are averages of others' trainings."""
    return f"{number} recipes{' and averages' * bool(findings.averages)}"


def margin_of(findings: Findings) -> str:
    """The margin as it was set, with its unit: `.01`, `2 years`."""
    return f"{setting(findings.margin)} {findings.metric.unit}".rstrip()


def size(findings: Findings, difference: Estimate) -> str:
    """`.120 AUROC (.090 to .150)`, without a sign: words tell the direction."""
    sign = -1 if difference.value < 0 else 1
    low, high = sorted((sign * difference.low, sign * difference.high))
    metric = findings.metric
    return f"{metric.amount(abs(difference.value))} ({metric.interval(low, high)})"

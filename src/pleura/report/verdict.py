"""The result in words: one sentence for the whole study, and what was shown at each fraction."""

from dataclasses import dataclass

from pleura.report.findings import Comparison, Estimate, Findings, in_words
from pleura.report.numbers import at_labels, capital, of_labels, setting

VERDICTS = {
    "better": "Better than {reference}",
    "as good": "At least as good as {reference}, within the margin",
    "no difference shown": "No difference from {reference} shown",
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
    """
    told: dict[str, list[str]] = {}
    for fraction in _fractions_told(findings):
        compared = _recipes_compared(findings, fraction)
        if compared:
            claim, amount = _told(findings, compared, fraction)
            where = "" if findings.fractions == (1,) else f", {at_labels(fraction)}"
            told.setdefault(claim, []).append(f"{amount}{where}")
    if not told:
        return _alone(findings)
    return "; ".join(f"{claim} {', and '.join(amounts)}" for claim, amounts in told.items()) + "."


def choice(findings: Findings) -> str:
    """That the headline's recipe was picked by the test part; empty where there was no choice."""
    named, best, among = set(), True, 0
    for fraction in _fractions_told(findings):
        compared = _recipes_compared(findings, fraction)
        if len(compared) > 1:
            recipe = _named(findings, compared, fraction).recipe
            named.add(recipe)
            best = best and recipe == findings.best_recipe(fraction)
            among = max(among, len(compared) + 1)
    if not named:
        return ""
    if best and len(named) == 1:
        return (
            f"The recipe named first is the best of {among} on the test part; its interval is not "
            "adjusted for that choice."
        )
    return (
        f"What the headline compares with {findings.reference} was picked among {among} recipes "
        "by values on the test part; intervals are not adjusted for that choice."
    )


def _fractions_told(findings: Findings) -> tuple[float, ...]:
    fractions = findings.fractions
    return fractions if len(fractions) <= FRACTIONS_TOLD else (fractions[0], fractions[-1])


def _recipes_compared(findings: Findings, fraction: float) -> list[Comparison]:
    return [c for c in findings.compared(fraction) if c.recipe in findings.recipes]


def _named(findings: Findings, compared: list[Comparison], fraction: float) -> Comparison:
    """The comparison that the headline tells."""
    shown = [c for c in compared if c.verdict == "better"]
    return max(shown or compared, key=lambda c: findings.merit(c.recipe, fraction))


def lines(findings: Findings) -> tuple[Line, ...]:
    """For each fraction, fewest labels first, the recipes by verdict, best verdict first, and
    the pixel baselines, whose verdicts say nothing of a strategy, by themselves at the end."""
    return tuple(_line(findings, fraction) for fraction in findings.fractions)


def _line(findings: Findings, fraction: float) -> Line:
    compared = _recipes_compared(findings, fraction)
    known = [verdict for verdict in VERDICTS if any(c.verdict == verdict for c in compared)]
    groups = tuple(
        Group(
            verdict,
            VERDICTS[verdict].format(reference=findings.reference),
            tuple(
                (comparison.recipe, in_words(comparison.difference, findings.metric, sign=True))
                for comparison in compared
                if comparison.verdict == verdict
            ),
        )
        for verdict in known
    )
    pixels = [c for c in findings.compared(fraction) if c.recipe in findings.baselines]
    if pixels:
        members = tuple(
            (c.recipe, in_words(c.difference, findings.metric, sign=True)) for c in pixels
        )
        detail = f"difference to {findings.reference}"
        groups = (*groups, Group("baseline", "Pixel baselines", members, detail))
    value = findings.primary(findings.reference, fraction)
    return Line(capital(of_labels(fraction)), in_words(value, findings.metric), groups)


def _told(findings: Findings, compared: list[Comparison], fraction: float) -> tuple[str, str]:
    """A claim and its amount: `fine-tuning beats scratch`, `by .120 AUROC (.090 to .150)`."""
    best = _named(findings, compared, fraction)
    reference, recipe = findings.reference, best.recipe
    if recipe == findings.best_recipe(fraction) and len(compared) > 1:
        recipe = f"{recipe} (the best of {len(compared) + 1} recipes)"
    amount = f"by {size(findings, best.difference)}"
    plain = in_words(best.difference, findings.metric, sign=True).replace(" (", ", ").rstrip(")")
    difference = f"(difference in {findings.metric.label} {plain})"
    match best.verdict:
        case "better":
            return f"{recipe} beats {reference}", amount
        case "worse":
            claim = f"no recipe reaches {reference}: the next best, {best.recipe}, is worse"
            return claim if len(compared) > 1 else f"{recipe} is worse than {reference}", amount
        case "as good":
            margin = setting(findings.margin)
            claim = f"{recipe} is at least as good as {reference}, within a margin of {margin}"
            return f"{claim}, and not shown to be better", difference
        case _:
            return f"no difference shown between {recipe} and {reference}", difference


def size(findings: Findings, difference: Estimate) -> str:
    """`.120 AUROC (.090 to .150)`, without a sign: words tell the direction."""
    sign = -1 if difference.value < 0 else 1
    low, high = sorted((sign * difference.low, sign * difference.high))
    metric = findings.metric
    value = metric.decimal(abs(difference.value))
    return f"{value} {metric.label} ({metric.interval(low, high)})"


def _alone(findings: Findings) -> str:
    fraction = findings.fractions[-1]
    value = in_words(findings.primary(findings.reference, fraction), findings.metric)
    return (
        f"{findings.reference} reaches {findings.metric.label} {value}, {at_labels(fraction)}; "
        "there is no other recipe to compare it with."
    )

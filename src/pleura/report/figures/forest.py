"""Forest plot: every recipe's value and its difference to the reference, with intervals."""

from matplotlib.figure import Figure

from pleura.report.figures import canvas
from pleura.report.figures.rows import Mark, Panel, interval_rows, limits
from pleura.report.findings import Estimate, Findings, in_words
from pleura.report.looks import GRAYS, INK
from pleura.report.numbers import Metric, capital


def forest(findings: Findings, fraction: float) -> Figure:
    """Two panels at one fraction: the primary metric on test, and recipe minus reference.

    The axes are the same at every fraction. Baselines stand below a line, and below another the
    model handed over, which is compared with nothing.
    """
    metric, margin, names = findings.metric, findings.margin, list(findings.at(fraction))
    values = {
        name: findings.primary(name, fraction) for name in names if findings.has(name, fraction)
    }
    differences = {c.recipe: c.difference for c in findings.compared(fraction)}
    marks = {
        name: Mark(look.marker, look.colour, size=5.5 * look.grown)
        for name, look in findings.looks.items()
    }
    said = {findings.reference: "reference"} | {
        name: f"{look.training}; not compared"
        for name, look in findings.looks.items()
        if look.kind == "delivered"
    }
    every = [(name, each) for name in names for each in findings.fractions]
    compared = [c.difference for each in findings.fractions for c in findings.compared(each)]
    reference = values.get(findings.reference)
    left = Panel(
        [[(values[name], marks[name])] if name in values else [] for name in names],
        findings.metric.title,
        beside=[in_words(values[name], metric) if name in values else "not run" for name in names],
        line=reference.value if reference else None,
        limits=limits([findings.primary(*key) for key in every]),
        metric=metric,
    )
    right = Panel(
        [[(differences[name], marks[name])] if name in differences else [] for name in names],
        f"Difference to {canvas.shorten(findings.reference, 24)}",
        beside=[
            in_words(differences[name], metric, sign=True)
            if name in differences
            else said.get(name, "")
            for name in names
        ],
        line=0,
        band=margin,
        limits=limits(compared, (-margin, 0, margin)),
        metric=metric,
        directed=metric,
    )
    first_of_baselines = len(findings.recipes) * bool(findings.baselines)
    delivered = (len(names) - 1) * (findings.looks[names[-1]].kind == "delivered")
    lines = [row for row in (first_of_baselines, delivered) if row]
    return interval_rows(names, [left, right], bold=findings.reference, lines_above=lines)


def two_arms(
    rows: dict[str, tuple[Estimate, Estimate, Estimate]], metric: Metric, names: tuple[str, str]
) -> Figure:
    """A row each: left both arms, called `names`, right the paired difference, in numbers too."""
    first, second = (
        Mark("s", GRAYS[0], "w", label=names[0]),
        Mark("o", INK, label=names[1]),
    )
    left = Panel(
        [[(one, first), (other, second)] for one, other, _ in rows.values()],
        capital(metric.label),
        limits=(None if metric.bounded else 0, None),
        metric=metric,
    )
    differences = [each for *_, each in rows.values()]
    right = Panel(
        [[(each, Mark("D", INK))] for each in differences],
        "Paired difference",
        beside=[in_words(each, metric, sign=True) for each in differences],
        line=0,
        limits=limits(differences, symmetric=True),
        metric=metric,
        directed=metric,
    )
    return interval_rows(list(rows), [left, right], [first, second])

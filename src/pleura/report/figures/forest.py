"""Forest plot: every recipe's value and its difference to the reference, with intervals."""

from matplotlib.figure import Figure

from pleura.report.figures import canvas
from pleura.report.figures.rows import Mark, Panel, interval_rows, limits, one_each
from pleura.report.findings import Estimate, Findings
from pleura.report.looks import GRAYS, INK
from pleura.report.numbers import Metric, capital


def forest(findings: Findings, fraction: float) -> Figure:
    """Two panels at one fraction: the primary metric on test, and recipe minus reference.

    The axes are the same at every fraction. Baselines stand below a line, and below another the
    model handed over, which is compared with nothing.
    """
    metric, margin, names = findings.metric, findings.margin, list(findings.at(fraction))
    looks, reference = findings.looks, findings.reference
    marks = {
        name: Mark(look.marker, look.colour, size=5.5 * look.grown) for name, look in looks.items()
    }
    values = {
        name: findings.primary(name, fraction) for name in names if findings.has(name, fraction)
    }
    differences = {c.recipe: c.difference for c in findings.compared(fraction)}
    delivered = [name for name in names if looks[name].handed_over]
    said = {name: f"{looks[name].training}; not compared" for name in delivered}
    every = [findings.primary(name, each) for name in names for each in findings.fractions]
    compared = [c.difference for each in findings.fractions for c in findings.compared(each)]
    left = one_each(
        *(names, values, marks, metric, dict.fromkeys(names, "not run")),
        title=metric.title,
        line=values[reference].value if reference in values else None,
        limits=limits(every),
    )
    right = one_each(
        *(names, differences, marks, metric, {reference: "reference"} | said),
        title=f"Difference to {canvas.shorten(reference, 24)}",
        line=0,
        band=margin,
        limits=limits(compared, (-margin, 0, margin)),
        directed=metric,
    )
    first_of_baselines = len(findings.recipes) * bool(findings.baselines)
    last = (len(names) - 1) * bool(delivered)
    lines = [row for row in (first_of_baselines, last) if row]
    return interval_rows(names, [left, right], bold=reference, lines_above=lines)


def two_arms(
    rows: dict[str, tuple[Estimate, Estimate, Estimate]],
    metric: Metric,
    names: tuple[str, str],
    title: str = "Paired difference",
) -> Figure:
    """A row each: left both arms, called `names`, right the difference under the `title`, in
    numbers too."""
    first, second = Mark("s", GRAYS[0], "w", label=names[0]), Mark("o", INK, label=names[1])
    left = Panel(
        [[(one, first), (other, second)] for one, other, _ in rows.values()],
        capital(metric.label),
        limits=(None if metric.bounded else 0, None),
        metric=metric,
    )
    differences = {name: difference for name, (_, _, difference) in rows.items()}
    right = one_each(
        *(list(rows), differences, dict.fromkeys(rows, Mark("D", INK)), metric, {}),
        title=title,
        line=0,
        limits=limits([*differences.values()], symmetric=True),
        directed=metric,
    )
    return interval_rows(list(rows), [left, right], [first, second])

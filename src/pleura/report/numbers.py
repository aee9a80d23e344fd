"""Numbers as a reader of journals expects them: no leading zero where a value cannot exceed one."""

import math
from dataclasses import dataclass

from pleura.wording import count as count

MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"


@dataclass(frozen=True)
class Metric:
    """How one metric of the summary table is called, `label` in running text, and written.

    `macro`: a mean over classes; `bounded`: never above 1; `digits` after the point, all over a
    page.
    """

    name: str
    label: str
    macro: bool = False
    bounded: bool = True
    higher_is_better: bool = True
    digits: int = 3

    def decimal(self, value: float, *, sign: bool = False) -> str:
        """A value or a difference of two; see `decimal`."""
        return decimal(value, self.digits, bounded=self.bounded, sign=sign)

    def interval(self, low: float, high: float) -> str:
        """The limits of a value or of a difference; see `interval`."""
        return interval(low, high, self.digits, bounded=self.bounded)

    @property
    def title(self) -> str:
        """The name that heads a panel."""
        return f"Macro {self.label}" if self.macro else capital(self.label)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("auroc", "AUROC", macro=True),
        Metric("auprc", "AUPRC", macro=True),
        Metric("accuracy", "accuracy"),
        Metric("balanced_accuracy", "balanced accuracy"),
        Metric("f1", "F1", macro=True),
        Metric("sensitivity", "sensitivity", macro=True),
        Metric("specificity", "specificity", macro=True),
        Metric("log_loss", "log-loss", bounded=False, higher_is_better=False),
        Metric("brier", "Brier score", bounded=False, higher_is_better=False),
    )
}


def capital(text: str) -> str:
    """`text` with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def decimal(value: float, digits: int = 3, *, bounded: bool = True, sign: bool = False) -> str:
    """`.932`, `−.012` or, with `bounded=False`, `0.932`; `sign` writes the plus as well.

    Whatever was measured has three digits all over a page, or those of its `Metric`; two are for
    the ticks of axes.
    """
    if not math.isfinite(value):
        return MISSING
    text = f"{abs(value):.{digits}f}"
    if bounded and text.startswith("0."):
        text = text[1:]
    if float(text) == 0:
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def interval(low: float, high: float, digits: int = 3, *, bounded: bool = True) -> str:
    """`.91 to .95`; "to" because a dash beside a minus sign misleads. "no interval" where there is
    none, as where a class rests on one patient."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval"
    ends = (decimal(end, digits, bounded=bounded) for end in (low, high))
    return "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}".join(ends)


def setting(value: float) -> str:
    """A number that a user has set, such as a margin, as it was written: `.01`, `.025`."""
    text = f"{value:.12g}"
    return text[1:] if text.startswith("0.") else text


def percent(fraction: float) -> str:
    """`10 %`, `2.5 %`."""
    return f"{100 * fraction:.4g}\N{NO-BREAK SPACE}%"


def of_labels(fraction: float) -> str:
    """`10 % of the labels`, or `all labels`."""
    return "all labels" if fraction == 1 else f"{percent(fraction)} of the labels"


def at_labels(fraction: float) -> str:
    """`at 10 % of the labels`, or `with all labels`."""
    return f"{'with' if fraction == 1 else 'at'} {of_labels(fraction)}"


def p_value(p: float) -> str:
    """`.034`, `< .001`."""
    if not math.isfinite(p):
        return MISSING
    return "< .001" if p < 0.001 else decimal(p)


def magnitude(value: float) -> str:
    """A count with its order of magnitude: `4.65 M`, `0.39 G`."""
    if not math.isfinite(value):
        return MISSING
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.1 * factor and value >= 1000:
            return f"{value / factor:.3g}\N{NO-BREAK SPACE}{letter}"
    return f"{value:.0f}"


def duration(seconds: float) -> str:
    """`0.4 s`, `92 s`, `15.4 min`, `2.3 h`."""
    if not math.isfinite(seconds):
        return MISSING
    for size, unit, most in ((1, "s", 120), (60, "min", 7200)):
        if seconds < most:
            value = seconds / size
            return f"{value:.{0 if value >= 99.5 else 1}f}\N{NO-BREAK SPACE}{unit}"
    return f"{seconds / 3600:.1f}\N{NO-BREAK SPACE}h"


def span(low: float, high: float) -> str:
    """`120` where both are equal, otherwise `118–124`; thousands are separated."""
    return f"{low:,.0f}" if low == high else f"{low:,.0f}\N{EN DASH}{high:,.0f}"


def listing(names: list[str], shown: int = 6) -> str:
    """`a, b and c`; of a long list the first few and how many more."""
    if len(names) > shown + 1:
        return f"{', '.join(names[:shown])} and {len(names) - shown} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"

"""Numbers as a reader of journals expects them: no leading zero where a value cannot exceed one."""

import math

from pleura.evaluate.metric import Metric as Metric
from pleura.evaluate.metrics import METRICS as METRICS
from pleura.wording import MISSING as MISSING
from pleura.wording import capital as capital
from pleura.wording import count as count
from pleura.wording import decimal as decimal
from pleura.wording import in_a_row
from pleura.wording import interval as interval


def setting(value: float) -> str:
    """A number that a user has set, such as a margin, as it was written: `.01`, `.025`."""
    text = f"{value:.12g}"
    return text[1:] if text.startswith("0.") else text


def percent(fraction: float) -> str:
    """`10 %`, `2.5 %`."""
    return f"{100 * fraction:.4g}\N{NO-BREAK SPACE}%"


def whole_percent(share: float) -> str:
    """`3 %`: a share that was measured, without decimals."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


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


def counts(low: float, high: float, noun: str) -> str:
    """`1 image` where both are equal, otherwise `118–124 images`."""
    return count(low, noun) if low == high else f"{span(low, high)} {noun}s"


def listing(names: list[str], shown: int = 6) -> str:
    """`a, b and c`; of a long list the first few and how many more."""
    if len(names) > shown + 1:
        return f"{', '.join(names[:shown])} and {len(names) - shown} more"
    return in_a_row(names) if names else ""

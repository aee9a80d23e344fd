"""What an evaluation found in a sentence, and what its data cannot tell."""

import numpy as np

from pleura.evaluate.transport import HOME
from pleura.external.few import too_few
from pleura.external.tables import Evaluated
from pleura.external.units import IMAGE
from pleura.report.findings import in_words, with_quantity
from pleura.report.numbers import capital, count, p_value


def verdict(evaluated: Evaluated) -> str:
    """How the model does here, against the test part at home, in a sentence."""
    metric = evaluated.primary
    patients, _ = evaluated.sizes()
    told = f"{'macro ' * metric.macro}{with_quantity(evaluated.value(metric.name), metric)}"
    by = f"by {evaluated.by}, " * (evaluated.by != IMAGE)
    here = f"{capital(by + told)} on {count(patients, 'new patient')}"
    if scarce := too_few(evaluated):
        return f"No verdict, with {scarce}: too few to tell. {here}{_at_home(evaluated)}."
    if not evaluated.has_home:
        return f"{here}; how the model did at home is not known here."
    home = in_words(evaluated.at_home(metric.name), metric)
    of = count(evaluated.sizes(HOME)[0], "test patient")
    difference, p = evaluated.difference(metric.name), evaluated.p(metric.name)
    change = in_words(difference, metric, sign=True)
    against = f"{here}, against {home} on {of} at home: "
    # Without p, as by a model's card alone, by the interval.
    by_interval = not difference.low <= 0 <= difference.high
    is_shown = p < 1 - evaluated.level if np.isfinite(p) else by_interval
    if not (is_shown and np.isfinite(difference.low)):
        return f"{against}no difference is shown, {change}."
    worse = difference.value * metric.sign < 0
    of_p = f", p {p_value(p)}" if np.isfinite(p) else ""
    return f"{against}{'worse' if worse else 'better'} here, {change}{of_p}."


def _at_home(evaluated: Evaluated) -> str:
    """`, .93 (.90 to .95) on 142 test patients at home`; nothing where that is not known."""
    metric = evaluated.primary
    if not evaluated.has_home:
        return ""
    home = in_words(evaluated.at_home(metric.name), metric)
    return f", {home} on {count(evaluated.sizes(HOME)[0], 'test patient')} at home"


def not_told(evaluated: Evaluated) -> list[str]:
    """What these data cannot tell."""
    return [
        "Why it differs: devices, patients, how labels were made, and chance in one training are "
        "not told apart.",
        "Another place: the next hospital may differ from this one as this one does from home.",
        f"Other trainings: intervals of {100 * evaluated.level:.4g} % are over patients, of one "
        "model.",
    ]

"""Where there are too few new patients, of a class or in all, for what an evaluation is asked."""

from collections.abc import Iterator

from pleura.evaluate.few import hangs_on_classes
from pleura.evaluate.metric import Metric
from pleura.evaluate.subgroups import FEWEST
from pleura.evaluate.transport import HERE, HOME
from pleura.external.tables import Evaluated
from pleura.report.doubts import FEW_OF_A_CLASS, few_in_all
from pleura.report.few import few_at, few_told, no_verdict, uncertain
from pleura.report.section import Caution
from pleura.wording import absence


def too_few(evaluated: Evaluated) -> str:
    """`1 patient of “normal” here, and 2 patients of “viral” and 4 of “covid” in the test part at
    home`: of whom there are so few that there is no verdict; "" where there are enough."""
    places = ((HERE, "here"), (HOME, "in the test part at home"))
    return few_at((told, evaluated.scarce(FEWEST, where)) for where, told in places)


def hangs_on_few(evaluated: Evaluated, metric: Metric, of: str = "") -> bool:
    """Whether a metric, over all classes or `of` one, hangs on so few patients, here or at home,
    that nothing can be shown by it."""
    scarce = {*evaluated.scarce(FEWEST), *evaluated.scarce(FEWEST, HOME)}
    if of:
        return of in scarce or absence(of) in scarce
    return bool(scarce) and hangs_on_classes(metric)


def few_of_class(evaluated: Evaluated, of: str) -> bool:
    """Whether so few patients here are of a class, or have a finding, that no rate of theirs is
    shown to be off."""
    return of in evaluated.scarce(FEWEST)


def of_few(evaluated: Evaluated) -> Iterator[Caution]:
    """What must be known of the number of patients."""
    if scarce := too_few(evaluated):
        yield no_verdict(scarce, evaluated.noun)
    else:
        yield from uncertain(few_told(evaluated.scarce(FEW_OF_A_CLASS)))
    yield from few_in_all(evaluated.sizes()[0])

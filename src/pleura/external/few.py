"""Where there are too few new patients, of a class or in all, for what an evaluation is asked."""

from collections.abc import Iterator, Mapping

from pleura.evaluate.metric import Metric
from pleura.evaluate.subgroups import FEWEST
from pleura.evaluate.transport import HERE, HOME
from pleura.external.tables import Evaluated
from pleura.report.doubts import FEW_OF_A_CLASS, few_in_all
from pleura.report.numbers import capital, count, listing
from pleura.report.section import Caution
from pleura.wording import absence

NAMED = 4
EVERYBODY = "all"  # bear a metric that does not hang on single classes; see `bearing`


def too_few(evaluated: Evaluated) -> str:
    """`1 patient of “normal” here, and 2 patients of “viral” and 4 of “covid” in the test part at
    home`: of whom there are so few that there is no verdict; "" where there are enough."""
    return ", and ".join(
        f"{few_told(scarce)} {place}"
        for where, place in ((HERE, "here"), (HOME, "in the test part at home"))
        if (scarce := evaluated.scarce(FEWEST, where))
    )


def few_told(scarce: Mapping[str, int]) -> str:
    """`1 patient of “normal” and 2 of “viral”`."""
    told = [
        f"{count(number, 'patient') if not at else number} of “{name}”"
        for at, (name, number) in enumerate(scarce.items())
    ]
    return listing(told, NAMED)


def hangs_on_few(evaluated: Evaluated, metric: Metric, of: str = "") -> bool:
    """Whether a metric, over all classes or `of` one, hangs on so few patients, here or at home,
    that nothing can be shown by it."""
    scarce = {*evaluated.scarce(FEWEST), *evaluated.scarce(FEWEST, HOME)}
    if of:
        return of in scarce or absence(of) in scarce
    return bool(scarce) and getattr(metric, "borne_by", EVERYBODY) != EVERYBODY


def of_few(evaluated: Evaluated) -> Iterator[Caution]:
    """What must be known of the number of patients."""
    if scarce := too_few(evaluated):
        yield Caution(
            f"{capital(scarce)}: of fewer than {FEWEST} an interval says nothing, and a "
            f"mean over {evaluated.noun.several} hangs on them. There is no verdict.",
            see="results",
        )
    elif doubtful := evaluated.scarce(FEW_OF_A_CLASS):
        yield Caution(
            f"{capital(few_told(doubtful))}: with fewer than {FEW_OF_A_CLASS} intervals are "
            "themselves uncertain.",
            serious=False,
            see="results",
        )
    yield from few_in_all(evaluated.sizes()[0])

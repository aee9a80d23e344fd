"""Where too few patients, of a class or in all, test both studies for a verdict."""

from collections.abc import Iterator

from pleura.compare.differences import PAIRED, TOO_FEW
from pleura.compare.tables import Compared
from pleura.evaluate.few import IN_ALL
from pleura.evaluate.subgroups import FEWEST
from pleura.report.doubts import FEW_OF_A_CLASS, few_in_all
from pleura.report.few import few_at, no_verdict, uncertain
from pleura.report.section import Caution


def too_few(compared: Compared, how: str, fewest: int = FEWEST) -> str:
    """`2 patients of “ill” in the test part of 2024, and 1 patient of “ill” in the test part of
    2025`: of whom there are fewer than `fewest` where the studies are compared by `how`; "" where
    there are enough."""
    own = [f"in the test part of {name}" for name in compared.names]
    places = ["in both test parts"] if how == PAIRED else own
    return few_at(zip(places, compared.scarce(fewest, how), strict=False))


def in_all(compared: Compared, how: str) -> bool:
    """Whether too few patients test either study in all, so that no metric has a verdict."""
    return any(IN_ALL in each for each in compared.scarce(FEWEST, how))


def of_few(compared: Compared) -> Iterator[Caution]:
    """What must be known of the number of patients of the verdict."""
    rows = compared.rows(compared.main, compared.primary.name)
    if any(row.verdict == TOO_FEW for row in rows):
        few, of_classes = too_few(compared, compared.main), not in_all(compared, compared.main)
        yield no_verdict(few, compared.noun, of_classes=of_classes)
    else:
        yield from uncertain(too_few(compared, compared.main, FEW_OF_A_CLASS))
    yield from few_in_all(min(rows[0].patients))

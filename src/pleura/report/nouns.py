"""What a page calls that which its study tells: classes, grades, findings, ranges of a number."""

from dataclasses import dataclass

from pleura.report.numbers import capital
from pleura.report.table import Column


@dataclass(frozen=True)
class Noun:
    """The word for `one` and for `several`; `held` says what each is told from; `single`: whether
    an image has exactly one of them; `ordered`: whether they stand from the least to the most."""

    one: str
    several: str
    held: str = "against the rest"
    single: bool = True
    ordered: bool = False

    @property
    def every(self) -> str:
        """`All classes`, or what else the row of all images is called."""
        return f"All {self.several if self.single else 'images'}"

    @property
    def apart(self) -> str:
        """`the classes apart`, or `the findings`, of which an image can have several: what a clue
        tells."""
        return f"the {self.several}{' apart' * self.single}"

    @property
    def column(self) -> Column:
        """The heading of names in a table of what is told of each."""
        return Column(capital(self.one), self.held)


CLASS = Noun("class", "classes")
GRADE = Noun("grade", "grades", ordered=True)
FINDING = Noun("finding", "findings", "by itself", single=False)
RANGE = Noun("range", "ranges")

"""What is said where so few patients bear a class that nothing can be told by it: the same on every
page that judges one model against another, or one place against another."""

from collections.abc import Iterable, Iterator, Mapping

from pleura.evaluate.subgroups import FEWEST
from pleura.report.doubts import FEW_OF_A_CLASS
from pleura.report.nouns import Noun
from pleura.report.numbers import capital, count, listing
from pleura.report.section import Caution

NAMED = 4
Place = tuple[str, Mapping[str, int]]
"""Where patients are, as `here`, and the classes of which there are few of them, with numbers."""


def few_told(scarce: Mapping[str, int]) -> str:
    """`1 patient of “normal” and 2 of “viral”`; `3 patients` in all."""
    told = [
        f"{count(number, 'patient') if not at else number}{f' of “{name}”' if name else ''}"
        for at, (name, number) in enumerate(scarce.items())
    ]
    return listing(told, NAMED)


def few_at(places: Iterable[Place]) -> str:
    """`1 patient of “normal” here, and 2 patients of “viral” in the test part at home`; "" where
    there are enough at every place."""
    return ", and ".join(f"{few_told(scarce)} {where}" for where, scarce in places if scarce)


def no_verdict(scarce: str, noun: Noun, *, of_classes: bool = True) -> Caution:
    """That there is no verdict, since it hangs on patients who are so `scarce` (see `few_at`),
    `of_classes` or in all."""
    means = f", and a mean over {noun.several} hangs on them" * of_classes
    return Caution(
        f"{capital(scarce)}: of fewer than {FEWEST} an interval says nothing{means}. There is no "
        "verdict.",
        see="results",
    )


def uncertain(doubtful: str) -> Iterator[Caution]:
    """That intervals say less than they seem to, where patients are `doubtful`; nothing for ""."""
    if doubtful:
        yield Caution(
            f"{capital(doubtful)}: with fewer than {FEW_OF_A_CLASS} intervals are themselves "
            "uncertain.",
            serious=False,
            see="results",
        )

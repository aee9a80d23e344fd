"""What reports find, where some say no more than that nothing has changed (PadChest, BIMCV)."""

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

UNKNOWN = "unlabelled"  # nothing is known of any finding
UNCHANGED, NORMAL = "unchanged", "normal"
EXCLUDED = "exclude"  # of a report that its authors do not use
NO_FINDING = frozenset({UNCHANGED, "suboptimal study"})  # words about the study, not the patient
QUOTED = re.compile(r"'([^']*)'")
Key = TypeVar("Key", bound=Hashable)


def words_of(cell: str) -> tuple[str, ...]:
    """The words of a cell that lists them in quotes, `['a', ' b']`, each once."""
    return tuple(filter(None, dict.fromkeys(word.strip() for word in QUOTED.findall(cell))))


@dataclass(frozen=True)
class Report:
    """The `words` of a report on a `patient`; `day` as yyyymmdd and `hour` as hhmmss, "" where they
    are not known."""

    patient: str
    words: tuple[str, ...]
    day: str = ""
    hour: str = ""

    def before(self, other: "Report") -> bool:
        """Whether this one is known to be older."""
        if self.day != other.day or not self.day:
            return bool(self.day) and self.day < other.day
        return bool(self.hour) and self.hour < other.hour


def findings_of(reports: Mapping[Key, Report]) -> dict[Key, str]:
    """What each report finds, with `|` between, `UNKNOWN` where that cannot be said.

    `unchanged` stands for the findings of the patient's last report before. Nothing is known where
    there is none, where it is not known itself, where several of that time differ, where a report
    says nothing at all, and where its authors exclude it.
    """
    by_patient: dict[str, list[tuple[Key, Report]]] = defaultdict(list)
    for key, report in reports.items():
        by_patient[report.patient].append((key, report))
    found: dict[Key, tuple[str, ...]] = {}
    for own in by_patient.values():
        own.sort(key=lambda each: (each[1].day, each[1].hour))
        for key, report in own:
            found[key] = _found(report, [(other, found[at]) for at, other in own if at in found])
    return {key: "|".join(found[key]) or UNKNOWN for key in reports}


def _found(report: Report, others: list[tuple[Report, tuple[str, ...]]]) -> tuple[str, ...]:
    """The findings of a report, given those of others of the patient; none where not known."""
    words = {word.casefold() for word in report.words}
    own = tuple(word for word in report.words if word.casefold() not in NO_FINDING)
    if EXCLUDED in words:
        return ()
    if UNCHANGED not in words:
        return own
    earlier = [(other, its) for other, its in others if other.before(report)]
    last = [its for other, its in earlier if not any(other.before(one) for one, _ in earlier)]
    if not last or len({frozenset(its) for its in last}) > 1 or not last[0]:
        return ()
    both = dict.fromkeys((*own, *last[0]))
    return tuple(both) if len(both) == 1 else tuple(word for word in both if word != NORMAL)

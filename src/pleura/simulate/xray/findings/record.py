"""Which findings a simulated patient has, and what the report says of each image."""

from collections.abc import Mapping
from dataclasses import dataclass

from numpy.random import Generator

from pleura.simulate.xray.disease import draw_severity

GIVEN: Mapping[str, tuple[str | None, float, float]] = {
    "Cardiomegaly": (None, 0.25, 0.25),
    "Edema": ("Cardiomegaly", 0.5, 0.12),
    "Pleural Effusion": ("Edema", 0.6, 0.2),
    "Atelectasis": ("Pleural Effusion", 0.55, 0.15),
    "Consolidation": (None, 0.15, 0.15),
}
"""For each finding, in the order in which they are drawn: the finding that goes along with it, and
its probability in patients with that one and in patients without."""


@dataclass(frozen=True)
class Said:
    """Probabilities of the words for a finding: 1, 0, -1 (uncertain); nothing is said else."""

    there: float
    absent: float
    uncertain: float

    def draw(self, rng: Generator) -> str:
        """A cell of the table."""
        place = rng.uniform()
        for word, share in (("1", self.there), ("0", self.absent), ("-1", self.uncertain)):
            if place < share:
                return word
            place -= share
        return ""


OF_THOSE_WITH = Said(there=0.80, absent=0.0, uncertain=0.12)
OF_THOSE_WITHOUT = Said(there=0.0, absent=0.62, uncertain=0.08)
"""Reports say nothing false, but they say less of what is not there."""


def draw_severities(rng: Generator) -> dict[str, float]:
    """The severity of each finding of a patient, 0 where it is not there."""
    severities: dict[str, float] = {}
    for name, (other, with_it, without) in GIVEN.items():
        likely = with_it if other and severities[other] else without
        # Both are drawn in any case, so that one finding does not move the others.
        there, severity = bool(rng.uniform() < likely), draw_severity(rng)
        severities[name] = severity if there else 0.0
    return severities

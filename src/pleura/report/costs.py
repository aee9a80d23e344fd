"""What recipes cost beside what they reach."""

from collections.abc import Mapping
from dataclasses import dataclass

from pleura.report.findings import Findings

SMALLER = ("parameters", "macs")


@dataclass(frozen=True)
class Cost:
    """Of one recipe at one fraction, means over its runs; nan where it is not known.

    `parameters` and `macs` (multiply-accumulate operations an image) are counts, `latency_ms` is
    that of one image, `tuning_seconds` those of all trials of a run and of its search for a depth.
    """

    macs: float
    parameters: float
    latency_ms: float
    tuning_seconds: float


@dataclass(frozen=True)
class Costs:
    """`of`: the cost by (recipe or baseline, fraction); `as_the_best`: by fraction the recipe of
    fewest MACs among those that are as good as the best one there, itself included."""

    of: Mapping[tuple[str, float], Cost]
    as_the_best: Mapping[float, str]

    def smaller(self, findings: Findings, fraction: float) -> list[str]:
        """Recipes of fewer parameters or MACs than the reference at one fraction, by MACs."""
        reference = self.of[findings.reference, fraction]
        smaller = [
            name
            for name in findings.recipes
            if findings.has(name, fraction)
            and any(
                getattr(self.of[name, fraction], what) < getattr(reference, what)
                for what in SMALLER
            )
        ]
        return sorted(smaller, key=lambda name: self.of[name, fraction].macs)

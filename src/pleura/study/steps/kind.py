"""What every kind of step has in common: its name, its version, and how a step of it is done."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, ClassVar

from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.versions import Part


class Kind(ABC):
    """One kind of step.

    `version` is part of the key of every step of the kind: it is raised where the same spec gives
    another result, so that finished steps are done again. `parts` are what else pleura does in such
    a step, each with a version of its own.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    parts: ClassVar[tuple[Part, ...]] = ()

    def versions(self, spec: Mapping[str, Any]) -> dict[str, int]:
        """All versions that a step with this spec hangs on, besides those that its parents do."""
        parts = (part(spec) for part in self.parts)
        return reduce(operator.or_, parts, {f"step {self.name}": self.version})

    @abstractmethod
    def perform(self, step: Step, context: Context) -> None:
        """Do the step, and mark it as done."""

    def collect(self, steps: Sequence[Step], context: Context) -> None:  # noqa: B027
        """Put what finished steps have found together in the study's folder."""

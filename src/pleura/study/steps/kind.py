"""What every kind of step has in common: its name, its version, and how a step of it is done."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from pleura.study.context import Context
from pleura.study.step import Step


class Kind(ABC):
    """One kind of step.

    `version` is part of the key of every step of the kind: it is raised where the same spec gives
    another result, so that finished steps are done again.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1

    @abstractmethod
    def perform(self, step: Step, context: Context) -> None:
        """Do the step, and mark it as done."""

    def collect(self, steps: Sequence[Step], context: Context) -> None:  # noqa: B027
        """Put what finished steps have found together in the study's folder."""

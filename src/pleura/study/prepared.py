"""A study made ready, as its steps know it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pleura.study.budget.resolved import Resolved
from pleura.study.context import Context
from pleura.study.step_graph import Plan
from pleura.study.study_base import StudyBase
from pleura.train.settings import FitSettings, epochs_of


@dataclass(frozen=True)
class NetworkTiming:
    """A network's precision, and its milliseconds an image."""

    precision: str
    training_ms: float
    prediction_ms: float

    def all_epochs(self, settings: FitSettings, train: int, validation: int) -> float:
        """Milliseconds of a training on so many images, after each epoch judged on others."""
        epoch = train * self.training_ms + validation * self.prediction_ms
        return epochs_of(settings, train) * epoch


@dataclass(frozen=True)
class Prepared:
    """A study that can be worked on.

    `study` is as it can be run here: recipes whose weights are missing start from random ones.
    `measured` is by network and whether it trains. `plan_on` makes the plan again, with what has
    been found out since. `first` tells of another study that must run before, if any; `budget` what
    was chosen for the time that the study file gives, if it does.
    """

    study: StudyBase
    context: Context
    measured: Mapping[tuple[str, bool], NetworkTiming]
    plan: Plan
    plan_on: Callable[[], Plan]
    first: str = ""
    budget: Resolved | None = None

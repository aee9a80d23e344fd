"""What is known of a task.

What it consists of is named by the places of objects, `module:name`, and loaded when it is asked
for: a study file is read without torch, a page made without what plans and trains.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar, cast

if TYPE_CHECKING:
    from pleura.evaluate.metric import ClassificationMetric, Metric
    from pleura.report.tasks import Page
    from pleura.study.step_graph import Plan
    from pleura.study.study_base import StudyBase
    from pleura.tasks.learned import Learned, LearnedLabels

ItsMetric = TypeVar("ItsMetric", bound="Metric", covariant=True)
ItsLearning = TypeVar("ItsLearning", bound="Learned", covariant=True)


@dataclass(frozen=True)
class StudyTask(Generic[ItsMetric, ItsLearning]):
    """What a study can ask: the class of its study file, the metric by which validation chooses
    among epochs and trials, what is learned, the planner of its steps, its page.

    `labelled`: whether labels are what is learned, so that every part of a split needs every class;
    where they are not, they balance the parts as far as they go. `in_specs`: whether the specs of
    its steps name it, and so their keys; not where a spec without a task means this one, or where
    kinds of steps are its own.
    """

    file_at: str
    score_at: str
    learned_at: str
    planner_at: str
    page_at: str
    labelled: bool = True
    in_specs: bool = True

    @property
    def study_file(self) -> "type[StudyBase]":
        """What a study file of this task holds."""
        return cast("type[StudyBase]", _load(self.file_at))

    @property
    def score(self) -> ItsMetric:
        """The metric by which validation chooses."""
        return cast(ItsMetric, _load(self.score_at))

    @property
    def learned(self) -> ItsLearning:
        """What is learned, and how."""
        return cast(ItsLearning, _load(self.learned_at))

    @property
    def planner(self) -> "Callable[..., Plans]":
        """Plans a study from its file, context, needs and precisions."""
        return cast("Callable[..., Plans]", _load(self.planner_at))

    @property
    def page(self) -> "Page[Any]":
        """How a finished study is read, judged and shown."""
        return cast("Page[Any]", _load(self.page_at))


LabelTask: TypeAlias = "StudyTask[ClassificationMetric, LearnedLabels]"
"""A task that learns labels."""


class Plans(Protocol):
    """What a planner is asked for; see `pleura.study.planner`."""

    def plan(self) -> "Plan":
        """All steps of a study."""
        ...

    def searches(self) -> "Plan":
        """The searches for a depth, and nothing else."""
        ...


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)

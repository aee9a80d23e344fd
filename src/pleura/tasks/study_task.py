"""What is known of a task.

What it consists of is named by the places of objects, `module:name`, and loaded when it is asked
for: a study file is read without torch, a page made without what plans and trains.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pleura.evaluate.metric import ClassificationMetric, Metric
    from pleura.report.tasks import Page
    from pleura.study.planner import Planner
    from pleura.study.study_base import StudyBase
    from pleura.tasks.learned import Learned, LearnedLabels


@dataclass(frozen=True)
class StudyTask:
    """What a study can ask: the class of its study file, the metric by which validation chooses
    among epochs and trials, what is learned, the planner of its steps, its page.

    `in_specs`: whether the specs of its steps name it, and so their keys; not where a spec without
    a task means this one, or where kinds of steps are its own.
    """

    file_at: str
    score_at: str
    learned_at: str
    planner_at: str
    page_at: str
    in_specs: bool = True

    @property
    def study_file(self) -> "type[StudyBase]":
        """What a study file of this task holds."""
        found: type[StudyBase] = _load(self.file_at)
        return found

    @property
    def score(self) -> "Metric":
        """The metric by which validation chooses."""
        found: Metric = _load(self.score_at)
        return found

    @property
    def learned(self) -> "Learned":
        """What is learned."""
        found: Learned = _load(self.learned_at)
        return found

    @property
    def planner(self) -> "Callable[..., Planner[Any]]":
        """Plans a study from its file, context, needs and precisions."""
        found: Callable[..., Planner[Any]] = _load(self.planner_at)
        return found

    @property
    def page(self) -> "Page[Any]":
        """How a finished study is read, judged and shown."""
        found: Page[Any] = _load(self.page_at)
        return found


class LabelTask(StudyTask):
    """A task that learns labels."""

    @property
    def score(self) -> "ClassificationMetric":
        """The metric of predictions by which validation chooses."""
        found: ClassificationMetric = _load(self.score_at)
        return found

    @property
    def learned(self) -> "LearnedLabels":
        """How labels are learned."""
        found: LearnedLabels = _load(self.learned_at)
        return found


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)

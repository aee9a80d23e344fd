"""Where tasks are listed: one record each.

What a task consists of is named by the places of objects, `module:name`, and loaded when it is
asked for: a study file is read without torch, a page made without what plans and trains.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

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


CLASSIFICATION = LabelTask(
    "pleura.study.schema:StudyFile",
    "pleura.evaluate.curve_areas:AUROC",
    "pleura.tasks.classification:LEARNED",
    "pleura.study.plan:LabelPlanner",
    "pleura.report.tasks:CLASSIFICATION",
    in_specs=False,
)
SEGMENTATION = StudyTask(
    "pleura.study.segmentation_schema:SegmentationStudy",
    "pleura.evaluate.case_metrics:DICE",
    "pleura.tasks.segmentation:LEARNED",
    "pleura.study.plan_segmentation:SegmentationPlanner",
    "pleura.report.tasks:SEGMENTATION",
    in_specs=False,
)
TASKS: dict[str, StudyTask] = {"classification": CLASSIFICATION, "segmentation": SEGMENTATION}


def task_of(spec: Mapping[str, Any]) -> LabelTask:
    """The task of a step that learns labels, by its spec."""
    found = TASKS[spec["task"]] if "task" in spec else CLASSIFICATION
    assert isinstance(found, LabelTask)
    return found


def page_of(folder: Path) -> "Page[Any]":
    """The page of the task that a finished study's file names; where it names none, or cannot be
    read, of the task whose table lies in the folder, or of a classification."""
    with suppress(OSError, ValueError, AttributeError, yaml.YAMLError):
        task = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8")).get("task")
        if str(task) in TASKS:
            return TASKS[task].page
    pages = [CLASSIFICATION.page, SEGMENTATION.page]
    return next((page for page in pages if (folder / page.table).is_file()), pages[0])

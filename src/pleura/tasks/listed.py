"""Where tasks are listed: one record each.

What a task consists of is named by the places of objects, `module:name`, and loaded when it is
asked for: a study file is read without torch, a page made without what plans and trains.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pleura.report.tasks import Page
    from pleura.study.planned import Plan
    from pleura.study.study_base import StudyBase


@dataclass(frozen=True)
class StudyTask:
    """What a study can ask: the class of its study file, the planner of its steps, its page."""

    file_at: str
    planner_at: str
    page_at: str

    @property
    def study_file(self) -> "type[StudyBase]":
        """What a study file of this task holds."""
        found: type[StudyBase] = _load(self.file_at)
        return found

    @property
    def plan(self) -> "Callable[..., Plan]":
        """Plans a study from its file, context, needs and precisions (`pleura.study.plan`)."""
        found: Callable[..., Plan] = _load(self.planner_at)
        return found

    @property
    def page(self) -> "Page[Any]":
        """How a finished study is read, judged and shown."""
        found: Page[Any] = _load(self.page_at)
        return found


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


TASKS = {
    "classification": StudyTask(
        "pleura.study.schema:StudyFile",
        "pleura.study.plan:make_plan",
        "pleura.report.tasks:CLASSIFICATION",
    ),
    "segmentation": StudyTask(
        "pleura.study.segmentation_schema:SegmentationStudy",
        "pleura.study.plan_segmentation:plan_segmentation",
        "pleura.report.tasks:SEGMENTATION",
    ),
}


def page_of(folder: Path) -> "Page[Any]":
    """The page of the task whose table lies in a study's folder, classification where none does."""
    pages = [task.page for task in TASKS.values()]
    return next((page for page in pages if (folder / page.table).is_file()), pages[0])

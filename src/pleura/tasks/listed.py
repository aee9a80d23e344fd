"""Where tasks are listed: one record each."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pleura.errors import InputError
from pleura.saved_yaml import load_saved
from pleura.tasks.findings import FINDINGS
from pleura.tasks.grades import GRADES
from pleura.tasks.numbers import NUMBERS
from pleura.tasks.study_task import LabelTask, StudyTask

if TYPE_CHECKING:
    from pleura.evaluate.metric import Metric
    from pleura.report.tasks import Page
    from pleura.tasks.learned import Learned

CLASSIFICATION: LabelTask = StudyTask(
    "pleura.study.schema:StudyFile",
    "pleura.evaluate.curve_areas:AUROC",
    "pleura.tasks.classification:LEARNED",
    "pleura.study.plan:LabelPlanner",
    "pleura.report.tasks:CLASSIFICATION",
    in_specs=False,
)
SEGMENTATION: "StudyTask[Metric, Learned]" = StudyTask(
    "pleura.study.segmentation_schema:SegmentationStudy",
    "pleura.evaluate.case_metrics:DICE",
    "pleura.tasks.segmentation:LEARNED",
    "pleura.study.plan_segmentation:SegmentationPlanner",
    "pleura.report.tasks:SEGMENTATION",
    labelled=False,
    in_specs=False,
)
TASKS: dict[str, StudyTask[Any, Any]] = {
    "classification": CLASSIFICATION,
    "findings": FINDINGS,
    "grades": GRADES,
    "numbers": NUMBERS,
    "segmentation": SEGMENTATION,
}


def task_of(spec: Mapping[str, Any]) -> LabelTask:
    """The task of a step that learns labels, by its spec."""
    return TASKS[spec["task"]] if "task" in spec else CLASSIFICATION


def page_of(folder: Path) -> "Page[Any]":
    """The page of the task that a finished study's file names; where it names none, or cannot be
    read, of the task whose table lies in the folder, or of a classification.

    Raises InputError where this pleura has no such task.
    """
    path = folder / "study.yaml"
    with suppress(OSError, ValueError, AttributeError, yaml.YAMLError):
        if (task := load_saved(path.read_text(encoding="utf-8")).get("task")) is not None:
            if str(task) not in TASKS:
                names = ", ".join(TASKS)
                raise InputError(f"{path}: this pleura has no task {task!r}; it has {names}")
            return TASKS[task].page
    pages = [CLASSIFICATION.page, SEGMENTATION.page]
    return next((page for page in pages if (folder / page.table).is_file()), pages[0])

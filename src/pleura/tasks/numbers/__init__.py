"""A number an image, such as an age or a share of the lung."""

from pleura.tasks.study_task import LabelTask, StudyTask

NUMBERS: LabelTask = StudyTask(
    "pleura.tasks.numbers.study:NumbersStudy",
    "pleura.evaluate.number_metrics:R2",
    "pleura.tasks.numbers.learned:LEARNED",
    "pleura.tasks.numbers.planner:NumbersPlanner",
    "pleura.tasks.numbers.page:PAGE",
)

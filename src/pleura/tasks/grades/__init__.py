"""Grades: classes with an order, such as none, mild, severe."""

from pleura.tasks.study_task import LabelTask, StudyTask

GRADES: LabelTask = StudyTask(
    "pleura.tasks.grades.study:GradesStudy",
    "pleura.evaluate.grades:QUADRATIC_KAPPA",
    "pleura.tasks.grades.learned:LEARNED",
    "pleura.study.plan:LabelPlanner",
    "pleura.tasks.grades.page:PAGE",
)

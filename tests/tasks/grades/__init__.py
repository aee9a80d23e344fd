"""A task of ordinal grades in a package of its own: nothing outside it knows of grades."""

from pleura.tasks.study_task import LabelTask, StudyTask

GRADES: LabelTask = StudyTask(
    "tests.tasks.grades.study:GradesStudy",
    "tests.tasks.grades.kappa:QUADRATIC_KAPPA",
    "tests.tasks.grades.learned:LEARNED",
    "pleura.study.plan:LabelPlanner",
    "tests.tasks.grades.page:PAGE",
)

"""A task of ordinal grades in a package of its own: nothing outside it knows of grades."""

from pleura.tasks.study_task import LabelTask, StudyTask

STAGES: LabelTask = StudyTask(
    "tests.tasks.stages.study:StagesStudy",
    "tests.tasks.stages.kappa:QUADRATIC_KAPPA",
    "tests.tasks.stages.learned:LEARNED",
    "pleura.study.plan:LabelPlanner",
    "tests.tasks.stages.page:PAGE",
)

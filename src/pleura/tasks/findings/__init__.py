"""Several findings an image, each of which is there, is not there, or is not known."""

from pleura.tasks.study_task import LabelTask, StudyTask

FINDINGS: LabelTask = StudyTask(
    "pleura.tasks.findings.study:FindingsStudy",
    "pleura.evaluate.curve_areas:AUROC",
    "pleura.tasks.findings.learned:LEARNED",
    "pleura.study.plan:LabelPlanner",
    "pleura.tasks.findings.page:PAGE",
)

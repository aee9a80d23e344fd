"""The study file of grades: that of a classification, judged by another metric."""

from typing import Literal

from pleura.study.schema import StudyFile


class StagesStudy(StudyFile):
    """Which grade an image is of; `data.classes` names the grades from the least on."""

    task: Literal["stages"] = "stages"
    metric: Literal["quadratic_kappa", "accuracy"] = "quadratic_kappa"

"""The study file of grades: that of a classification, judged by other metrics."""

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from pleura.evaluate.grades import METRICS
from pleura.study.schema import ClassifiedData, StudyFile, Training

if TYPE_CHECKING:
    PrimaryMetric = str
else:
    PrimaryMetric = Literal[tuple(metric.name for metric in METRICS.values() if metric.primary)]


class GradedData(ClassifiedData):
    """Images with their grades; `classes` names these from the least on."""

    @model_validator(mode="after")
    def _in_order(self) -> "GradedData":
        if not self.classes:
            raise ValueError("classes: name the grades from the least on, as [none, mild, severe]")
        return self


class GradesTraining(Training):
    """How networks learn grades: `cumulative` gives each grade a logit of its own, `coral` all
    grades one weight in common and a bias each."""

    loss: Literal["cumulative", "coral"] = "cumulative"


class GradesStudy(StudyFile):
    """Which grade an image is of, and the recipes compared on it."""

    task: Literal["grades"] = "grades"
    data: GradedData
    metric: PrimaryMetric = "quadratic_kappa"
    training: GradesTraining = GradesTraining()

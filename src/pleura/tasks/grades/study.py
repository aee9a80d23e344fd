"""The study file of grades: that of a classification, judged by other metrics."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import model_validator

from pleura.data.augment_settings import Augmentation
from pleura.evaluate.grades import MEAN_ABSOLUTE_ERROR, METRICS
from pleura.study.refusals import no_mixup, no_smoothing
from pleura.study.schema import ClassifiedData, Losses, StudyFile, Training

if TYPE_CHECKING:
    from pleura.data.manifest import Manifest

    PrimaryMetric = str
else:
    PrimaryMetric = Literal[tuple(metric.name for metric in METRICS.values() if metric.primary)]


class GradedData(ClassifiedData):
    """Images with their grades; `classes` names these from the least on."""

    @model_validator(mode="after")
    def _in_order(self) -> "GradedData":
        if not self.classes:
            raise ValueError("classes: name the grades from the least on, as [none, mild, severe]")
        if _jumbled(self.classes):
            raise ValueError(
                "classes: these grades are numbers in disorder; name them from the least on"
            )
        return self

    def labelled(self, manifest: "Manifest") -> "Manifest":
        """The manifest, with a note where its grades are numbers that fall."""
        values = _numbers(manifest.classes)
        if not values or values == sorted(values):
            return manifest
        least, *_, most = manifest.classes
        note = (
            f"grades are read from the least on, and these are numbers that fall: {least} counts "
            f"as the least, {most} as the most; if that is not meant, turn data.classes round"
        )
        return replace(manifest, notes=(*manifest.notes, note))


def _numbers(grades: Sequence[str]) -> list[float]:
    """The grades as numbers; none where one of them is no number."""
    try:
        return [float(grade) for grade in grades]
    except ValueError:
        return []


def _jumbled(grades: Sequence[str]) -> bool:
    """Whether grades are numbers that neither rise nor fall throughout, as 0, 1, 10, 2 do not."""
    values = _numbers(grades)
    return values not in (sorted(values), sorted(values, reverse=True))


class GradesTraining(Training):
    """How networks learn grades: `cumulative` gives each grade a logit of its own, `coral` all
    grades one weight in common and a bias each."""

    losses: ClassVar[Losses] = {"cumulative": {}, "coral": {}}
    unnamed: ClassVar[str | None] = None

    augmentation: Annotated[
        Augmentation | None,
        no_mixup("a mild and a severe image laid over one another are no moderate one"),
    ] = Augmentation()
    loss: Annotated[
        Literal["cumulative", "coral"],
        no_smoothing("a share spread over all grades would make far ones as likely as near ones"),
    ] = "cumulative"


class GradesStudy(StudyFile):
    """Which grade an image is of, and the recipes compared on it."""

    task: Literal["grades"] = "grades"
    data: GradedData
    in_a_unit = (MEAN_ABSOLUTE_ERROR.name,)
    metric: PrimaryMetric = "quadratic_kappa"
    training: GradesTraining = GradesTraining()

    @property
    def ordered(self) -> bool:
        return True

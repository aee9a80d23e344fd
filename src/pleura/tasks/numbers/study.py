"""The study file of numbers."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from pleura.evaluate.number_metrics import IN_UNITS, METRICS
from pleura.options import TableName
from pleura.study.refusals import no_smoothing
from pleura.study.schema import ClassifiedData, Losses, StudyFile, Training
from pleura.study.section import Section

if TYPE_CHECKING:
    from pleura.data.manifest import Manifest

    PrimaryMetric = str
else:
    PrimaryMetric = Literal[tuple(METRICS)]


class Number(Section):
    """The column of the numbers, and their unit; a row without a number is left out."""

    column: TableName
    unit: str = Field("", max_length=40, description="such as years; for the page and the card")


class NumberedData(ClassifiedData):
    """Images with a number each, and what else is known of them."""

    number: Number

    @model_validator(mode="after")
    def _no_classes(self) -> "NumberedData":
        for name in ("classes", "labels", "flags"):
            if getattr(self, name):
                raise ValueError(f"{name}: goes with classes, and number.column holds numbers")
        return self

    @property
    def label_columns(self) -> tuple[str, ...]:
        """The column of the numbers."""
        return (self.number.column,)

    @property
    def one_label(self) -> bool:
        """False: no column `label` is needed."""
        return False

    def labelled(self, manifest: "Manifest") -> "Manifest":
        """With the numbers; see `pleura.data.numbers.with_numbers`."""
        from pleura.data.numbers import with_numbers  # pandas, which a check saves

        return with_numbers(manifest, self.number.column)


class NumbersTraining(Training):
    """How networks learn numbers: in full precision, since a number can be far from 0."""

    losses: ClassVar[Losses] = {"huber": {}}
    unnamed: ClassVar[str | None] = "huber"

    class_weights: Literal["none"] = "none"
    loss: Annotated[
        Literal["huber"], no_smoothing("a number has no other classes to share with")
    ] = "huber"
    precision: Literal["fp32"] = "fp32"


class NumbersStudy(StudyFile):
    """Which number an image has, and the recipes compared on it."""

    task: Literal["numbers"] = "numbers"
    data: NumberedData
    in_a_unit = IN_UNITS
    gives_probabilities = False
    metric: PrimaryMetric = "mae"
    margin: float = Field(0.01, ge=0)  # in the unit of the numbers, so that 1 is no limit
    training: NumbersTraining = NumbersTraining()

    @model_validator(mode="after")
    def _nothing_of_classes(self) -> "NumbersStudy":
        if self.data.lungs is not None:
            raise ValueError("data.lungs: attention in the lungs is measured of classes only")
        if self.prevalence is not None:
            raise ValueError("prevalence: of classes only, and these are numbers")
        if self.sets is not None:
            raise ValueError("sets: of classes and findings only, and these are numbers")
        if self.ensembles and self.ensembles.calibration:
            raise ValueError("ensembles.calibration: of probabilities, and these are numbers")
        return self

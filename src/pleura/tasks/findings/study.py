"""The study file of findings: which of several an image has."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator, model_validator

from pleura.data.findings_rule import FindingsRule
from pleura.errors import nearest
from pleura.evaluate.findings import METRICS
from pleura.study.schema import ClassifiedData, StudyFile, Training

if TYPE_CHECKING:
    from pleura.data.manifest import Manifest

    PrimaryMetric = str
else:
    PrimaryMetric = Literal[tuple(metric.name for metric in METRICS.values() if metric.primary)]

LOSS_OPTIONS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "cross_entropy": {},
    "focal": {"gamma": (0.0, 10.0)},
    "asymmetric": {"positive": (0.0, 10.0), "negative": (0.0, 10.0), "margin": (0.0, 0.5)},
}
"""The losses with their options, and the least and the greatest value of each."""


class FindingsData(ClassifiedData):
    """Images with their findings, and what else is known of them."""

    findings: FindingsRule

    @model_validator(mode="after")
    def _no_classes(self) -> "FindingsData":
        for name in ("classes", "labels"):
            if getattr(self, name):
                raise ValueError(f"{name}: goes with classes; name findings in findings.names")
        return self

    @property
    def label_columns(self) -> tuple[str, ...]:
        """The columns of findings; none where they stand in one cell."""
        return () if self.findings.separator else tuple(self.findings.columns.values())

    @property
    def one_label(self) -> bool:
        """False: an image has several, and perhaps no column `label`."""
        return False

    def labelled(self, manifest: "Manifest") -> "Manifest":
        """With findings as classes; see `pleura.data.findings.with_findings`."""
        from pleura.data.findings import with_findings  # pandas, which a check saves

        return with_findings(manifest, self.findings)


class FindingsTraining(Training):
    """How networks learn findings."""

    loss: str | dict[str, dict[str, float]] = Field(
        "cross_entropy", description="or focal, asymmetric; or {name: {option: value}}"
    )

    @field_validator("loss")
    @classmethod
    def _known_loss(cls, loss: Any) -> Any:
        options = {loss: {}} if isinstance(loss, str) else loss
        if len(options) != 1:
            raise ValueError("give one loss, such as {focal: {gamma: 2}}")
        ((name, values),) = options.items()
        if name not in LOSS_OPTIONS:
            raise ValueError(f"no loss '{name}'{nearest(name, LOSS_OPTIONS)}")
        for option, value in values.items():
            if option not in LOSS_OPTIONS[name]:
                raise ValueError(
                    f"{name} has no option '{option}'{nearest(option, LOSS_OPTIONS[name])}"
                )
            low, high = LOSS_OPTIONS[name][option]
            if not low <= value <= high:
                raise ValueError(f"{name}.{option} goes from {low:g} to {high:g}, not {value:g}")
        return loss


class FindingsStudy(StudyFile):
    """Which findings an image has, and the recipes compared on it."""

    task: Literal["findings"] = "findings"
    data: FindingsData
    metric: PrimaryMetric = "auroc"
    training: FindingsTraining = FindingsTraining()

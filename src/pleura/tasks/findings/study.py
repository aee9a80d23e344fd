"""The study file of findings: which of several an image has."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator, model_validator

from pleura.errors import nearest
from pleura.evaluate.findings import METRICS
from pleura.study.schema import ClassifiedData, StudyFile, Training
from pleura.study.section import Section
from pleura.study.sections import Name

if TYPE_CHECKING:
    from pleura.data.manifest import Manifest

    PrimaryMetric = str
else:
    PrimaryMetric = Literal[tuple(metric.name for metric in METRICS.values() if metric.primary)]

Policy = Literal["mask", "zero", "one"]
Policies = Policy | dict[Name, Policy]
OTHERS = "others"  # stands for the findings that a mapping of policies does not name
LOSS_OPTIONS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "cross_entropy": {},
    "focal": {"gamma": (0.0, 10.0)},
    "asymmetric": {"positive": (0.0, 10.0), "negative": (0.0, 10.0), "margin": (0.0, 0.5)},
}
"""The losses with their options, and the least and the greatest value of each."""


class Findings(Section):
    """How the table says which findings an image has: a column a finding with 1, 0, -1 (uncertain)
    or nothing; or, with `separator`, the names of all in the column `label`."""

    names: list[Name] | dict[Name, str] = Field(
        min_length=1, description="of the findings; or {finding: its column in the file}"
    )
    separator: str | None = Field(
        None, min_length=1, max_length=3, description="between findings in one cell, such as |"
    )
    none: Name = Field("No Finding", description="what such a cell says where there is none")
    unknown: Policies = Field(
        "mask", description="empty cells: mask, zero or one; or {finding: policy, others: policy}"
    )
    uncertain: Policies = Field("mask", description="cells of -1: likewise")

    @property
    def columns(self) -> dict[str, str]:
        """The column of each finding."""
        return self.names if isinstance(self.names, dict) else {name: name for name in self.names}

    @model_validator(mode="after")
    def _known_names(self) -> "Findings":
        if self.separator and isinstance(self.names, dict):
            raise ValueError("names: with a separator findings have no columns; list their names")
        if len(set(self.names)) < len(self.names):
            raise ValueError("names: one stands there twice")
        for key in ("unknown", "uncertain"):
            policies = getattr(self, key)
            for name in policies if isinstance(policies, dict) else ():
                if name not in (*self.names, OTHERS):
                    raise ValueError(
                        f"{key}: '{name}' is none of the findings{nearest(name, self.names)}"
                    )
        return self


class FindingsData(ClassifiedData):
    """Images with their findings, and what else is known of them."""

    findings: Findings

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
        from pleura.data.findings import FindingsRule, with_findings  # pandas, which a check saves

        said = self.findings
        rule = FindingsRule(
            **{**said.model_dump(), "names": list(said.names)}, columns=said.columns
        )
        return with_findings(manifest, rule)


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

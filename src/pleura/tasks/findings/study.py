"""The study file of findings: which of several an image has."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import model_validator

from pleura.data.findings_rule import FindingsRule
from pleura.evaluate.findings import METRICS
from pleura.study.schema import ClassifiedData, Losses, StudyFile, Training

if TYPE_CHECKING:
    from pleura.data.manifest import Manifest

    PrimaryMetric = str
else:
    PrimaryMetric = Literal[tuple(metric.name for metric in METRICS.values() if metric.primary)]


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

    losses: ClassVar[Losses] = {
        "cross_entropy": {"smoothing": (0.0, 0.5)},
        "focal": {"gamma": (0.0, 10.0)},
        "asymmetric": {"positive": (0.0, 10.0), "negative": (0.0, 10.0), "margin": (0.0, 0.5)},
    }
    unnamed: ClassVar[str | None] = None


class FindingsStudy(StudyFile):
    """Which findings an image has, and the recipes compared on it."""

    task: Literal["findings"] = "findings"
    data: FindingsData
    metric: PrimaryMetric = "auroc"
    training: FindingsTraining = FindingsTraining()

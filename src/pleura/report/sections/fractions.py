"""The primary metric against the share of the labels, or the number of images."""

from pleura.report.figures.fractions import against_fractions
from pleura.report.folder import Folder
from pleura.report.section import Blocks, Section, Words, unheaded
from pleura.report.study import Study

DESCRIBED = {"labels": "label fraction", "data size": "data size"}


def _blocks(study: Study[Folder], against: str) -> Blocks:
    findings = study.recipes.findings
    if len(findings.fractions) > 1:
        described = f"{findings.metric.label} against {DESCRIBED[against]}; numbers in the tables"
        yield Words()
        yield unheaded("fractions", described, against_fractions(findings))


LABELS = Section("labels", lambda _: "labels", _blocks, template="fractions", nav="Labels")
SIZES = Section("sizes", lambda _: "data size", _blocks, template="fractions", nav="Data size")

"""The primary metric against the share of the labels, or the number of images."""

from collections.abc import Iterator

from pleura.report.figures.fractions import against_fractions
from pleura.report.folder import Folder
from pleura.report.section import Block, Figures, Section, Words
from pleura.report.study import Study


def _blocks(study: Study[Folder], what: str) -> Iterator[Block]:
    findings = study.recipes.findings
    if len(findings.fractions) > 1:
        description = f"{findings.metric.label} against {what}; numbers in the tables"
        yield Words()
        yield Figures("fractions", [("", description, against_fractions(findings))])


LABELS = Section("labels", lambda _: "label fraction", _blocks, template="fractions")
SIZES = Section("sizes", lambda _: "data size", _blocks, template="fractions")

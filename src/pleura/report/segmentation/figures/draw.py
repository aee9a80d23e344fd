"""All figures of the report on segmentations, as SVG with headings and descriptions."""

from collections.abc import Sequence
from dataclasses import dataclass

from pleura.report.figures.canvas import Drawn, Picture, house_style, pictures
from pleura.report.figures.draw import forests
from pleura.report.figures.fractions import against_fractions
from pleura.report.figures.learning import learning_curves
from pleura.report.numbers import at_labels, capital
from pleura.report.segmentation.arms import Difference
from pleura.report.segmentation.delivered import DeliveredNetwork
from pleura.report.segmentation.figures.boxes import boxes
from pleura.report.segmentation.figures.sides import two_arms
from pleura.report.segmentation.figures.sizes import against_sizes
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.judged import Judged
from pleura.report.segmentation.measures import DICE
from pleura.report.segmentation.tables import arm_names, over


@dataclass(frozen=True)
class Pictures:
    """The figures by section; empty where there is nothing to show."""

    forests: tuple[Picture, ...]
    boxes: tuple[Picture, ...]  # the largest fraction first
    fractions: tuple[Picture, ...]
    augmentation: tuple[Picture, ...]
    masks: tuple[Picture, ...]
    learning: tuple[Picture, ...]


def draw(
    contents: CasesFolder,
    judged: Judged,
    augmentation: Sequence[Difference],
    masks: Sequence[Difference],
    delivered: DeliveredNetwork | None = None,
) -> Pictures:
    """Draw every figure; `augmentation` is on the primary measure, `masks` on the false-positive
    area of each structure. Forests and boxes show the network `delivered`, too."""
    every, shown = (delivered.contents, delivered.judged) if delivered else (contents, judged)
    with house_style():
        return Pictures(
            forests=pictures("forest", forests(shown.findings)),
            boxes=pictures("boxes", _boxes(every, shown)),
            fractions=pictures("fractions", _fractions(judged)),
            augmentation=pictures("augmentation", _augmentation(contents, judged, augmentation)),
            masks=pictures("masks", _masks(judged, masks)),
            learning=pictures("learning", _learning(contents, judged)),
        )


def _boxes(contents: CasesFolder, judged: Judged) -> Drawn:
    findings = judged.findings
    for fraction in reversed(findings.fractions):
        where = at_labels(fraction)
        description = f"{findings.metric.label} of single images by structure, {where}"
        yield capital(where), description, boxes(contents.test, findings, fraction)


def _fractions(judged: Judged) -> Drawn:
    if len(judged.findings.fractions) > 1:
        description = f"{judged.findings.metric.label} against data size; numbers in the tables"
        yield "", description, against_fractions(judged.findings)


def _augmentation(contents: CasesFolder, judged: Judged, found: Sequence[Difference]) -> Drawn:
    findings = judged.findings
    pairs = list(dict.fromkeys(each.arms for each in found))
    if not pairs:
        return
    description = f"{findings.metric.label} with and without augmentation; see the table"
    if len(findings.fractions) > 1:
        yield "", description, against_sizes(contents.runs, findings, pairs)
    else:
        rows = [(each.arms.second, each.first, each.second, each.difference) for each in found]
        names = ("without augmentation", "with augmentation")
        yield "", description, two_arms(rows, findings.metric, names)


def _masks(judged: Judged, found: Sequence[Difference]) -> Drawn:
    largest = judged.findings.fractions[-1]
    for arms in dict.fromkeys(each.arms for each in found):
        rows = [
            (over(each), each.first, each.second, each.difference)
            for each in found
            if each.arms == arms and each.fraction == largest
        ]
        if rows:
            metric = judged.measures["false_positive_area"]
            first, second = arm_names([arms], "masks")
            names = (f"{arms.first} ({first})", f"{arms.second} ({second})")
            description = "False-positive area by the masks trained on; numbers in the table"
            yield f"{arms.second} against {arms.first}", description, two_arms(rows, metric, names)


def _learning(contents: CasesFolder, judged: Judged) -> Drawn:
    for fraction in judged.findings.fractions:
        figure = learning_curves(contents.runs, judged.findings.looks, fraction, DICE)
        if figure:
            where = at_labels(fraction)
            yield capital(where), f"Learning curves, {where}", figure

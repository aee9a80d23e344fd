"""All figures of a report, as SVG with headings and descriptions."""

from dataclasses import dataclass

from pleura.report.areas import judged_areas
from pleura.report.calibration import Probabilities
from pleura.report.cost import Costs
from pleura.report.figures.areas import area_figure
from pleura.report.figures.canvas import Drawn, Picture, house_style, pictures
from pleura.report.figures.curves import curves
from pleura.report.figures.decision import decision
from pleura.report.figures.depth import depth_curves
from pleura.report.figures.forest import forest
from pleura.report.figures.fractions import against_fractions
from pleura.report.figures.learning import learning_curves
from pleura.report.figures.lungs import lung_figure
from pleura.report.figures.pareto import pareto
from pleura.report.figures.pretraining import pretraining_curves
from pleura.report.figures.regions import regions
from pleura.report.figures.reliability import reliability
from pleura.report.figures.similarity import similarity
from pleura.report.findings import Findings
from pleura.report.folder import StudyFolder
from pleura.report.lungs import LungFindings
from pleura.report.numbers import at_labels, capital
from pleura.report.shortcuts import Shortcuts
from pleura.report.verdict import with_interval


@dataclass(frozen=True)
class Pictures:
    """The figures by section; `fractions` is empty for one fraction, `learning` for no history,
    `regions` where no part of an image was predicted, `reliability` and `decisions` where no
    validation part was."""

    forests: tuple[Picture, ...]
    fractions: tuple[Picture, ...]
    learning: tuple[Picture, ...]
    curves: tuple[Picture, ...]
    regions: tuple[Picture, ...]
    cost: tuple[Picture, ...]
    reliability: tuple[Picture, ...]
    decisions: tuple[Picture, ...]
    depth: tuple[Picture, ...]  # empty where none was searched
    similarity: tuple[Picture, ...]  # empty where it was not measured
    areas: tuple[Picture, ...]  # empty where nothing was segmented
    pretraining: tuple[Picture, ...]  # empty where nothing was learned without labels
    lungs: tuple[Picture, ...]  # empty where no lungs are known


def draw(
    contents: StudyFolder,
    findings: Findings,
    shortcuts: Shortcuts,
    costs: Costs,
    probabilities: Probabilities | None,
    lungs: LungFindings | None,
    shown: Findings | None = None,
) -> Pictures:
    """Draw every figure of the report; `shown` are the findings with the model that is handed over
    among the looks, for all figures but those of several fractions and of trainings."""
    shown = shown or findings
    with house_style():
        return Pictures(
            forests=pictures("forest", forests(shown)),
            fractions=pictures("fractions", _fractions(findings)),
            learning=pictures("learning", _learning(contents, findings)),
            curves=pictures("curves", _curves(contents, shown)),
            regions=pictures("regions", _regions(shown, shortcuts)),
            cost=pictures("cost", _cost(shown, costs)),
            reliability=pictures("reliability", _reliability(shown, probabilities)),
            decisions=pictures("decisions", _decisions(shown, probabilities)),
            depth=pictures("depth", _depth(contents)),
            similarity=pictures("similarity", _similarity(contents, findings)),
            areas=pictures("areas", _areas(contents)),
            pretraining=pictures("pretraining", _pretraining(contents)),
            lungs=pictures("lungs", _lungs(lungs, shown)),
        )


def forests(findings: Findings) -> Drawn:
    """A forest plot for each fraction, with its values in words."""
    for fraction in findings.fractions:
        told = "; ".join(
            f"{name} {with_interval(findings, findings.primary(name, fraction))}"
            for name in findings.at(fraction)
        )
        description = f"{findings.metric.label} with intervals, {at_labels(fraction)}: {told}"
        yield capital(at_labels(fraction)), description, forest(findings, fraction)


def _fractions(findings: Findings) -> Drawn:
    if len(findings.fractions) > 1:
        description = f"{findings.metric.label} against label fraction; numbers in the tables"
        yield "", description, against_fractions(findings)


def _learning(contents: StudyFolder, findings: Findings) -> Drawn:
    for fraction in findings.fractions:
        figure = learning_curves(contents.runs, findings.looks, fraction)
        if figure:
            where = at_labels(fraction)
            yield capital(where), f"Learning curves, {where}", figure


def _curves(contents: StudyFolder, findings: Findings) -> Drawn:
    for fraction in findings.fractions:
        where = at_labels(fraction)
        description = (
            f"ROC and precision-recall curves, {where}; their areas are in the table of classes"
        )
        for i, figure in enumerate(curves(contents.predictions, findings, fraction)):
            yield "" if i else capital(where), description, figure


def _regions(findings: Findings, shortcuts: Shortcuts) -> Drawn:
    figure = regions(shortcuts, findings)
    if figure:
        yield "", "AUROC by the part of the image that is shown; numbers in the table", figure


def _cost(findings: Findings, costs: Costs) -> Drawn:
    for fraction in reversed(findings.fractions):
        figure = pareto(costs, findings, fraction)
        if figure:
            description = f"{findings.metric.label} against cost, {at_labels(fraction)}"
            yield capital(at_labels(fraction)), description, figure


def _reliability(findings: Findings, probabilities: Probabilities | None) -> Drawn:
    for figure in reliability(probabilities, findings) if probabilities else ():
        yield "", "Reliability diagrams; calibration errors are in the table", figure


def _decisions(findings: Findings, probabilities: Probabilities | None) -> Drawn:
    for figure in decision(probabilities, findings) if probabilities else ():
        yield "", "Decision curves: net benefit against threshold probability", figure


def _depth(contents: StudyFolder) -> Drawn:
    if not contents.depths.empty:
        yield "", "AUROC of linear probes by depth; see the table", depth_curves(contents.depths)


def _similarity(contents: StudyFolder, findings: Findings) -> Drawn:
    figure = similarity(contents.similarity, findings)
    if figure:
        yield "", "Similarity before and after training against depth; see the table", figure


def _areas(contents: StudyFolder) -> Drawn:
    figure = area_figure(judged_areas(contents))
    if figure:
        yield "", "Segmented areas of clips with and without a flag; see the table", figure


def _pretraining(contents: StudyFolder) -> Drawn:
    figure = pretraining_curves(contents.pretraining)
    if figure:
        yield "", "Pretraining without labels by epoch; last values in the table", figure


def _lungs(lungs: LungFindings | None, findings: Findings) -> Drawn:
    figure = lung_figure(lungs, findings) if lungs else None
    if figure:
        yield "", "Cost of hiding the lungs, and heat maps in them; numbers in the tables", figure

"""The sections of each task, in the order of the page: a new one is a file and a line here."""

from typing import Any

from pleura.report.doubts import DOUBTS, FEW_PATIENTS_OF_A_CLASS
from pleura.report.section import Section
from pleura.report.sections import (
    areas,
    audit,
    augmentation,
    classes,
    clips,
    clues,
    confusion,
    cost,
    curves,
    data,
    depth,
    earlier,
    ensembles,
    flow,
    forest,
    fractions,
    heatmaps,
    learning,
    masks,
    mistakes,
    overlays,
    pretraining,
    prevalence,
    reading,
    reproduce,
    results,
    shares,
    shortcuts,
    similarity,
    sources,
    sources_of_classes,
    structures,
    students,
    tuning,
    undefined,
    weights,
)
from pleura.report.sections.lungs import section as lungs
from pleura.report.sections.probabilities import section as probabilities
from pleura.report.sections.sets import section as sets
from pleura.report.sections.subgroups import section as subgroups

Sections = tuple[Section[Any, Any], ...]

ACCOUNT: Sections = (
    flow.SECTION,
    data.SECTION,
    audit.SECTION,
    earlier.SECTION,
    weights.SECTION,
    tuning.SECTION,
    reproduce.SECTION,
    reading.SECTION,
)
CLASSIFICATION: Sections = (
    *DOUBTS,
    FEW_PATIENTS_OF_A_CLASS,
    undefined.SECTION,
    sources_of_classes.SECTION,
    results.RECIPES_AND_BASELINES,
    forest.SECTION,
    ensembles.SECTION,
    clips.SECTION,
    fractions.LABELS,
    cost.SECTION,
    students.SECTION,
    learning.SECTION,
    pretraining.SECTION,
    curves.SECTION,
    shortcuts.SECTION,
    lungs.SECTION,
    clues.SECTION,
    shares.SECTION,
    confusion.SECTION,
    classes.SECTION,
    subgroups.SECTION,
    probabilities.SECTION,
    sets.SECTION,
    prevalence.SECTION,
    areas.SECTION,
    heatmaps.SECTION,
    mistakes.SECTION,
    depth.SECTION,
    similarity.SECTION,
    *ACCOUNT,
)
FINDINGS: Sections = tuple(
    classes.FINDINGS if section is classes.SECTION else section
    for section in CLASSIFICATION
    if section is not confusion.SECTION
)
SEGMENTATION: Sections = (
    *DOUBTS,
    results.RECIPES,
    forest.ON_EVERY_MEASURE,
    structures.SECTION,
    structures.SIDES_AND_DISTANCES,
    fractions.SIZES,
    augmentation.SECTION,
    masks.SECTION,
    overlays.SECTION,
    sources.SECTION,
    subgroups.OF_CASES,
    learning.SECTION,
    *ACCOUNT,
)

"""The page of a study of numbers."""

from pleura.evaluate.number_metrics import R2
from pleura.report.classification import PREDICTIONS
from pleura.report.doubts import DOUBTS, FEW_PATIENTS_OF_A_CLASS
from pleura.report.numbers_folder import (
    NumbersFolder,
    judge,
    read_numbers,
    top,
    with_the_network,
)
from pleura.report.section import Blocks, Section, Text, always
from pleura.report.sections import (
    agreement,
    cost,
    ensembles,
    forest,
    fractions,
    learning,
    listed,
    similarity,
)
from pleura.report.sections.results import recipe_table
from pleura.report.study import Study
from pleura.report.tasks import Page

TEXT = (
    "Means over seeds on the test part, with intervals beneath. Lower is better for errors; R² and "
    "concordance (Lin 1989) are 1 at best, and R² is 0 where the mean is told of every image. "
    "Click a heading to sort."
)


def _results(study: Study[NumbersFolder], _: bool) -> Blocks:
    yield Text(TEXT)
    unit = study.contents.unit
    wanted = {
        "mae": f"Mean absolute / error{', ' * bool(unit)}{unit}",
        "r2": "R²",
        "concordance": "Concordance",
        "rmse": f"Root mean / squared error{', ' * bool(unit)}{unit}",
    }
    known, runs = study.judged.measures, study.contents.runs
    for fraction in study.findings.fractions:
        yield recipe_table(study.findings, runs, fraction, known, wanted)


RESULTS: Section[NumbersFolder, bool] = Section(
    "results", always, _results, title="Recipes and baselines", nav="Results"
)
PAGE = Page(
    "numbers",
    PREDICTIONS,
    R2,
    read_numbers,
    judge,
    with_the_network,
    top,
    (
        *DOUBTS,
        FEW_PATIENTS_OF_A_CLASS,
        RESULTS,
        forest.SECTION,
        ensembles.SECTION,
        fractions.LABELS,
        cost.SECTION,
        learning.SECTION,
        agreement.SECTION,
        similarity.SECTION,
        *listed.ACCOUNT,
    ),
)

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
from pleura.report.section import Blocks, Section, Words, always
from pleura.report.sections import (
    agreement,
    cost,
    depth,
    ensembles,
    forest,
    fractions,
    learning,
    listed,
    number_regions,
    pretraining,
    shares,
    similarity,
)
from pleura.report.sections.results import recipe_table
from pleura.report.sections.subgroups import of_numbers
from pleura.report.study import Study
from pleura.report.tasks import Page


def _results(study: Study[NumbersFolder], _: bool) -> Blocks:
    yield Words("of_numbers")
    unit = study.contents.unit
    wanted = {
        "mae": f"MAE / {unit}",
        "r2": "R²",
        "concordance": "Concordance",
        "rmse": f"RMSE / {unit}",
    }
    measures, runs = study.judged.measures, study.contents.runs
    for fraction in study.findings.fractions:
        yield recipe_table(study.findings, runs, fraction, measures, wanted)


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
        pretraining.SECTION,
        number_regions.SECTION,
        shares.SECTION,
        agreement.SECTION,
        of_numbers.SECTION,
        depth.section_by(R2),
        similarity.SECTION,
        *listed.ACCOUNT,
    ),
)

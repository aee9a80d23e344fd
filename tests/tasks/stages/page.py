"""The page of a study of grades: kappa before all other metrics, and how far off grades are."""

import numpy as np

from pleura.evaluate.metrics import METRICS
from pleura.report.classification import ClassifierFolder
from pleura.report.section import Block, Section, always
from pleura.report.sections import listed
from pleura.report.study import Study
from pleura.report.table import pairs
from pleura.report.tasks import page_of_labels
from tests.tasks.stages.kappa import QUADRATIC_KAPPA


def _blocks(study: Study[ClassifierFolder], _: bool) -> list[Block]:
    test = study.recipes.contents.predictions.query("part == 'test'")
    grades = {name: grade for grade, name in enumerate(study.contents.classes)}
    off = np.abs(test["expected_grade"].astype(float) - test["label"].map(grades))
    told = {name: f"{each:.2f}" for name, each in off.groupby(test["recipe"]).mean().items()}
    return [pairs("Mean error, grades", told, ("Recipe", "Error"))]


ERRORS = Section("stages", always, _blocks, title="How far off grades are", nav="Grades")
PAGE = page_of_labels(
    QUADRATIC_KAPPA,
    {QUADRATIC_KAPPA.name: QUADRATIC_KAPPA, **METRICS},
    (*listed.CLASSIFICATION, ERRORS),
)

"""A study whose model was handed over, and its methods section."""

import pytest

from pleura.report.classification import ClassifierFolder
from pleura.report.methods.text import Methods, methods_of
from pleura.report.study import Study
from pleura.report.tasks import CLASSIFICATION
from tests.report.made_classifiers import HANDED_OVER, hand_over, write_study


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory: pytest.TempPathFactory) -> Study[ClassifierFolder]:
    folder = tmp_path_factory.mktemp("methods") / "study"
    return CLASSIFICATION.study(hand_over(write_study(folder, HANDED_OVER, fractions=(1.0,))))


@pytest.fixture(scope="module")
def methods(handed_over: Study[ClassifierFolder]) -> Methods:
    return methods_of(handed_over)

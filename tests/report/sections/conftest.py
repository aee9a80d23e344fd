"""What several sections are tested on."""

from pathlib import Path

import pytest

from pleura.report.classification import ClassifierFolder
from tests.report.made_classifiers import write_study
from tests.report.sections.hidden_lungs import SKILLS, Found, hide_lungs, looked
from tests.report.sections.made_clues import MakeStudy, study_with_clues


@pytest.fixture(scope="session")
def with_lungs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lungs of 95 of 100 patients are known, masks of 10 doubtful; only to be read."""
    path = write_study(
        tmp_path_factory.mktemp("lungs") / "lungs",
        SKILLS,
        fractions=(1.0,),
        seeds=(0, 1),
        patients=100,
        reference="honest",
        data={"manifest": "labels.csv", "size": 96, "lungs": {"masker": "lungs/best"}},
    )
    hide_lungs(path, 0.1)
    return path


@pytest.fixture(scope="session")
def lungs_found(with_lungs: Path) -> Found:
    """What `with_lungs` shows."""
    return looked(with_lungs)


@pytest.fixture
def one_class_apart(make_study: MakeStudy) -> ClassifierFolder:
    """All of NORMAL comes from the north, where some of BACTERIA are, too."""
    counts = [
        *[("north", "NORMAL", 40, 80), ("north", "BACTERIA", 10, 20)],
        *[("south", "BACTERIA", 30, 60), ("south", "VIRUS", 30, 60), ("north", "VIRUS", 1, 1)],
    ]
    return study_with_clues(make_study, counts)

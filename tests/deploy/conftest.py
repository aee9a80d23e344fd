"""One finished study, and its model exported, for all tests of what leaves a study; and one model
of dark images."""

from pathlib import Path

import pytest

from pleura.deploy.hub.export import export_hub
from tests.conftest import SMALL_FOREST, forests_of, without_page
from tests.deploy.hub.made import run_study
from tests.deploy.predicting import save_dark


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the study."""
    with forests_of(SMALL_FOREST), without_page():
        return run_study(tmp_path_factory.mktemp("hospital"))


@pytest.fixture(scope="session")
def exported(finished: Path) -> Path:
    """Its model, as a folder for a hub."""
    return export_hub(finished / "best", finished.parent / "spots-model")


@pytest.fixture(scope="session")
def dark_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that knows dark images."""
    return save_dark(tmp_path_factory.mktemp("dark") / "best")

"""One study, what a run of it in one process gives, and made workers, for tests of engines."""

from pathlib import Path

import pytest

from pleura.engine import arrivals, cluster
from pleura.study.run import Result, Study
from tests.conftest import SMALL_FOREST, MakeImages, forests_of, without_page
from tests.engine.made_workers import Workers
from tests.study.short import short

NETWORK = "squeezenet1_0"  # one that every process knows


@pytest.fixture(scope="session")
def study(make_images: MakeImages) -> Study:
    return Study.from_objects(short(make_images(patients=24), NETWORK))


@pytest.fixture(scope="session")
def expected(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Result:
    with without_page(), forests_of(SMALL_FOREST):
        return study.run(tmp_path_factory.mktemp("here"))


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workers:
    """Made workers, and steps that share nothing."""
    monkeypatch.setattr(cluster, "write_context", lambda of: tmp_path / "engine" / "context.json")
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(arrivals, "ALONE_SECONDS", 0.0)
    (tmp_path / "steps").mkdir()
    return Workers(tmp_path)

"""One study, and what a run of it in one process gives, for all tests of engines."""

from collections.abc import Iterator

import pytest

from pleura.study.run import Result, Study
from tests.conftest import MakeImages, without_page
from tests.study.short import short

NETWORK = "squeezenet1_0"  # one that every process knows


@pytest.fixture(scope="session")
def study(make_images: MakeImages) -> Study:
    return Study.from_objects(short(make_images(patients=24), NETWORK))


@pytest.fixture(scope="session")
def expected(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Result]:
    with without_page():
        yield study.run(tmp_path_factory.mktemp("here"))

"""Some of the cases that `benchmarks/page_cases.py` and `benchmarks/page_damaged.py` try by the
thousand."""

from pathlib import Path

from benchmarks.page_cases import app_of, ask, bodies
from benchmarks.page_damaged import KINDS, files, send
from starlette.testclient import TestClient

from tests.deploy.server.serving import SMALL, client, deep, home, model

__all__ = ["client", "deep", "home", "model"]  # fixtures


def test_every_answer_is_as_its_description_says(deep: Path, home: Path) -> None:
    counted = ask(app_of(deep, home, SMALL), 30, bodies(48))
    assert counted.total() >= 30
    assert {path for path, _ in counted} > {"/api/model", "/api/predict", "/api/report.dcm"}
    assert max(status for _, status in counted) < 500
    assert list(home.iterdir()) == []


def test_damaged_uploads_are_refused_in_clear_words(client: TestClient) -> None:
    counted, _ = send(client, 2 * len(KINDS) * 5)
    assert {kind for kind, _ in counted} == set(KINDS)
    kinds = [kind for kind, _, _ in files(len(KINDS))]
    assert kinds == list(KINDS)

"""Some of the cases that `benchmarks/page_cases.py` and `benchmarks/page_damaged.py` try by the
thousand."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from benchmarks.page_cases import app_of, ask, bodies
from benchmarks.page_damaged import ANSWERED, KINDS, OVERRULED, files, send
from starlette.testclient import TestClient

from pleura.deploy.server.schemas import Problem
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


def test_a_clip_whose_frames_overrule_its_header_may_be_answered_and_nothing_else() -> None:
    """As models of clips answer: MP4 that are huge by their header alone."""
    made = list(files(25))
    flipped = {kind for kind, _, _ in made if kind == "bits flipped"}
    allowed = [data for kind, form, data in made if kind in flipped or (kind, form) == OVERRULED]

    def answering(answered: list[bytes]) -> SimpleNamespace:
        problem = Problem(what="No.", to_do="Other.").model_dump_json().encode()

        def post(*_: object, content: bytes, **__: object) -> SimpleNamespace:
            status = 200 if content in answered else 422
            return SimpleNamespace(status_code=status, content=problem, text="")

        return SimpleNamespace(post=post)

    counted, _ = send(cast(TestClient, answering(allowed)), 25)
    assert counted["huge", ANSWERED] > 0
    other = next(data for kind, form, data in made if (kind, form) == ("huge", "PNG"))
    with pytest.raises(AssertionError):
        send(cast(TestClient, answering([other])), 25)

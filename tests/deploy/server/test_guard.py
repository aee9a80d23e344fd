"""Who may ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pleura.deploy.server.guard import Admitted
from pleura.deploy.server.schemas import Problem
from tests.deploy.server.serving import asking_all, client, png, post

__all__ = ["client"]  # a fixture

TOKEN = "a token of many letters"
NET = Admitted(("localhost", "ward-7", "192.0.2.4"), any_number=True, token=TOKEN)


@pytest.fixture
def beyond(dark_model: Path) -> Iterator[TestClient]:
    """Somebody who asks a server that other machines reach."""
    with asking_all(dark_model, NET) as asker:
        yield asker


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("LOCALHOST.:9000", 200),
        ("[::1]:8000", 200),
        ("evil.example", 403),  # a name that was made to lead here (DNS rebinding)
        ("127.0.0.1.evil.example", 403),
        ("192.0.2.4:8000", 403),
        ("", 403),
        ("[::1", 403),
        ("localhost@evil.example", 403),
    ],
)
def test_only_by_an_address_of_this_machine(client: TestClient, host: str, status: int) -> None:
    for path in ("/", "/api/model"):
        assert client.get(path, headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1:8000"}, 200),
        ({"Origin": "http://127.0.0.1:9000"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[::1"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_no_other_page_may_ask(client: TestClient, headers: dict[str, str], status: int) -> None:
    answer = post(client, "/api/predict", png(), **headers)
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers
    if status == 403:
        assert Problem.model_validate_json(answer.content).to_do
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_may_be_reached_by_a_link(client: TestClient) -> None:
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert client.get("/api/model", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_no_other_page_learns_more_by_asking_first(client: TestClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.options("/api/predict", headers=asked)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_the_token_is_asked_of_all_that_tells_something(beyond: TestClient) -> None:
    for path in ("/", "/page.js", "/docs", "/openapi.json"):
        assert beyond.get(path).status_code == 200
    for wrong in ("", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"):
        headers = [(b"Authorization", wrong.encode())] if wrong else []
        answer = beyond.get("/api/model", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "token" in Problem.model_validate_json(answer.content).what
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert beyond.get("/api/model", headers=right).status_code == 200
    assert post(beyond, "/api/predict", png(), **right).status_code == 200
    assert post(beyond, "/api/predict", png()).status_code == 401
    assert "HTTPBearer" in beyond.get("/openapi.json").text


@pytest.mark.parametrize(
    ("host", "status"), [("192.0.2.9", 200), ("WARD-7:80", 200), ("evil.example", 403)]
)
def test_beyond_this_machine_by_number_or_by_a_name_given(
    beyond: TestClient, host: str, status: int
) -> None:
    headers = {"Host": host, "Authorization": f"Bearer {TOKEN}"}
    assert beyond.get("/api/model", headers=headers).status_code == status


def test_a_proxy_with_tls_may_stand_before_it(beyond: TestClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "ward-7"}
    ours = {**headers, "Origin": "https://ward-7"}
    assert beyond.get("/api/model", headers=ours).status_code == 200
    theirs = {**headers, "Origin": "https://ward-8"}
    assert beyond.get("/api/model", headers=theirs).status_code == 403

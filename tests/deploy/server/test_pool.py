"""Uploads wait for their turn, within bounds, and nothing is left of them."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.types import ASGIApp

from pleura.deploy.server.app import make_app
from pleura.deploy.server.guard import Admitted
from pleura.deploy.server.jobs import JSON, Done, Job
from pleura.deploy.server.limits import Limits, RefusedError
from pleura.deploy.server.pool import Pool
from pleura.deploy.server.schemas import About
from tests.deploy.server.serving import HERE, RAW, SMALL, home, png
from tests.deploy.server.told import TOLD

__all__ = ["home"]  # a fixture


class Slow:
    """Answers each job when it is let, and says how many files it saw at once."""

    def __init__(self, answer: Done | RefusedError | Exception) -> None:
        self.let, self.answer, self.seen = threading.Event(), answer, 0
        self.asked = 0

    def wait(self) -> About:
        return TOLD

    def ask(self, job: Job) -> Done | RefusedError:
        self.asked += 1
        assert self.let.wait(20)
        folder = Path(job.path).parent
        assert folder.stat().st_mode & 0o777 == 0o700  # nobody else reads it
        self.seen = max(self.seen, len(list(folder.parent.iterdir())))
        if isinstance(self.answer, Exception) and not isinstance(self.answer, RefusedError):
            raise self.answer
        return self.answer

    def close(self) -> None: ...


def served(worker: Slow, home: Path, limits: Limits = SMALL) -> ASGIApp:
    return make_app(Pool([worker], limits, home), TOLD, Admitted())


async def ask_at_once(app: ASGIApp, number: int, worker: Slow) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        asked = [
            asyncio.create_task(client.post("/api/predict", content=png(), headers=RAW))
            for _ in range(number)
        ]
        await asyncio.sleep(0.3)
        worker.let.set()
        return list(await asyncio.gather(*asked))


RECORD = Done(b'{"image":"upload","notes":[]}', JSON)


def test_those_who_wait_are_all_answered(home: Path) -> None:
    worker = Slow(RECORD)
    answers = asyncio.run(ask_at_once(served(worker, home), 9, worker))
    assert {answer.status_code for answer in answers} == {200}
    assert worker.seen > 1
    assert list(home.iterdir()) == []


def test_a_full_queue_says_when_to_ask_again(home: Path) -> None:
    worker = Slow(RECORD)
    answers = asyncio.run(ask_at_once(served(worker, home), 20, worker))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == SMALL.waiting + 1
    assert statuses.count(503) == 20 - SMALL.waiting - 1
    assert {a.headers["retry-after"] for a in answers if a.status_code == 503} == {"5"}
    assert list(home.iterdir()) == []


def test_uploads_that_take_all_the_room_wait_elsewhere(home: Path) -> None:
    worker = Slow(RECORD)
    limits = replace(SMALL, room=2 * len(png()) + 10)
    app = served(worker, home, limits)
    answers = asyncio.run(ask_at_once(app, 4, worker))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503]
    # The room is free again.
    assert asyncio.run(ask_at_once(app, 1, worker))[0].status_code == 200


def test_nothing_is_computed_for_who_has_gone(home: Path) -> None:
    worker = Slow(RECORD)
    app = served(worker, home, replace(SMALL, waiting=2))

    async def ask(stays: bool) -> list[int]:
        """The statuses of what is sent to somebody who goes after the upload, or who stays."""
        come = [{"type": "http.request", "body": png(), "more_body": False}]
        left, told = asyncio.Event(), []

        async def receive() -> Any:
            if come:
                return come.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            told.append(message.get("status"))

        headers = [(b"host", b"127.0.0.1")]
        scope = {"type": "http", "method": "POST", "path": "/api/predict", "headers": headers}
        asked = asyncio.ensure_future(app({**scope, "query_string": b""}, receive, send))
        await asyncio.sleep(0.2)
        if not stays:
            left.set()
        await asked
        return told

    async def in_turn() -> list[int]:
        first = asyncio.create_task(ask(stays=True))
        await asyncio.sleep(0.1)
        for _ in range(5):  # more than may wait at once
            assert await ask(stays=False) == [408, None]
        last = asyncio.create_task(ask(stays=True))
        await asyncio.sleep(0.2)
        worker.let.set()
        return [(await first)[0], (await last)[0]]

    assert asyncio.run(in_turn()) == [200, 200]
    assert worker.asked == 2
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [(RefusedError(504, "Slow.", "Wait."), 504), (RuntimeError("John Doe, born 1970"), 500)],
)
def test_nothing_is_left_of_what_goes_wrong(
    home: Path, answer: Exception, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    worker = Slow(answer)
    [given] = asyncio.run(ask_at_once(served(worker, home), 1, worker))
    assert given.status_code == status
    assert "Doe" not in given.text
    assert list(home.iterdir()) == []


def test_an_upload_that_never_ends_is_given_up(home: Path) -> None:
    async def drops() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"\0"
            await asyncio.sleep(0.05)

    async def ask() -> httpx.Response:
        app = served(Slow(RECORD), home, replace(SMALL, seconds=0.2))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.post("/api/predict", content=drops(), headers=RAW)

    # The transport hands a body over as it comes; see httpx.
    assert asyncio.run(ask()).status_code == 408
    assert list(home.iterdir()) == []

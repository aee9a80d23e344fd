"""The end of a server while a file holds the process that reads it."""

import asyncio
import http.client
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from pleura.deploy.server.app import make_app
from pleura.deploy.server.guard import Admitted
from pleura.deploy.server.jobs import Done, Job
from pleura.deploy.server.limits import Limits, RefusedError
from pleura.deploy.server.pool import Pool
from pleura.deploy.server.schemas import About
from pleura.deploy.server.serving import Server, _without_contents, configured
from pleura.deploy.server.worker import Setup, Worker
from tests.deploy.server.told import TOLD

PATIENCE = 30.0  # seconds; shorter than the 60 that an answer may take


class Hanging:
    """Says by a file that it has taken a job, and never answers."""

    def __init__(self, taken: Path) -> None:
        self.taken = taken

    def about(self) -> About:
        return TOLD

    def answer(self, job: Job) -> Done:
        self.taken.touch()
        time.sleep(10 * PATIENCE)
        raise AssertionError


@dataclass(frozen=True)
class HangingSetup(Setup):
    def load(self) -> Any:
        return Hanging(self.model / "taken")


@pytest.fixture
def _signals() -> Iterator[None]:
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for each, handler in kept.items():
        signal.signal(each, handler)


@pytest.mark.usefixtures("_signals")
def test_a_file_that_hangs_does_not_hold_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pleura.deploy.server.serving.ENDS_WITHIN", 0.3)
    worker = Worker(HangingSetup(tmp_path, Limits(seconds=2 * PATIENCE)))
    (uploads := tmp_path / "uploads").mkdir()
    ended: list[float] = []
    statuses: list[int] = []

    def ask_and_end(port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("POST", "/api/predict", b"GIF89a", {"Content-Type": "image/gif"})
        while not (tmp_path / "taken").exists():
            time.sleep(0.05)
        ended.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGTERM)
        with suppress(OSError, http.client.HTTPException):
            statuses.append(connection.getresponse().status)

    try:
        worker.wait()
        app = make_app(Pool([worker], worker._setup.limits, uploads), TOLD, Admitted())
        with socket.create_server(("127.0.0.1", 0)) as listener:
            asking = threading.Thread(target=ask_and_end, args=(listener.getsockname()[1],))
            asking.start()
            logging.getLogger("uvicorn.error").addFilter(_without_contents)
            with pytest.raises(SystemExit):
                Server((), listener, configured(app, 10)).run()
            asking.join(PATIENCE)
        assert time.monotonic() - ended[0] < PATIENCE
        assert worker._process not in multiprocessing.active_children()  # nor another one after it
        assert list(uploads.iterdir()) == []
        assert statuses in ([], [500])  # and no answer about the file
    finally:
        worker.close()
        logging.getLogger("uvicorn.error").removeFilter(_without_contents)


class Busy:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.let, self.asked, self.closed = threading.Event(), threading.Event(), False

    def wait(self) -> About:
        return TOLD

    def ask(self, job: Job) -> Done | RefusedError:
        self.asked.set()
        assert self.let.wait(PATIENCE)
        return RefusedError(503, "Ended.", "Ask again.")

    def close(self) -> None:
        self.closed = True


def test_a_worker_is_given_back_when_its_thread_has_ended(tmp_path: Path) -> None:
    async def receive() -> Any:
        await asyncio.sleep(PATIENCE)

    async def end() -> None:
        worker = Busy()
        pool = Pool([worker], Limits(), tmp_path)
        request = Request({"type": "http"}, receive)
        first = asyncio.create_task(pool.ask(Job("predict", "x"), request))
        await asyncio.to_thread(worker.asked.wait, PATIENCE)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert worker.closed
        worker.asked.clear()
        second = asyncio.create_task(pool.ask(Job("predict", "y"), request))
        await asyncio.sleep(0.1)
        assert not worker.asked.is_set()  # its thread still asks about the first
        worker.let.set()
        with pytest.raises(RefusedError):
            await second

    asyncio.run(end())

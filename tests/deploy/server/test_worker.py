"""A process that answers: whatever a file does to it, the server goes on."""

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pleura.deploy.server.jobs import JSON, Done, Job, job_of, packed, result_of
from pleura.deploy.server.limits import Limits, RefusedError
from pleura.deploy.server.schemas import About
from pleura.deploy.server.worker import Setup, Worker, failure, result
from pleura.errors import InputError, PleuraError
from tests.deploy.server.told import TOLD


class Odd:
    """Does what the path of a job says."""

    def about(self) -> About:
        return TOLD

    def answer(self, job: Job) -> Done:
        if job.path == "hang":
            time.sleep(60)
        if job.path == "interrupt":  # as Ctrl-C in a terminal does with all that runs there
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGHUP)
        if job.path == "die":
            os.kill(os.getpid(), 9)
        if job.path == "fail":
            raise ValueError("born 1970")
        print("John Doe")  # goes nowhere
        return Done(f"{os.getpid()}".encode(), JSON)


@dataclass(frozen=True)
class OddSetup(Setup):
    def load(self) -> Any:
        if self.model.name == "gone":
            raise InputError("gone: holds no model")
        if self.model.name == "slow":
            time.sleep(1)
        return Odd()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine loads slowly."""
    monkeypatch.setattr(Worker, "again_within", 60)


def test_it_hangs_dies_fails_and_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    worker = Worker(OddSetup(Path("best"), Limits(seconds=0.5)))
    try:
        assert worker.wait() == TOLD
        first = worker.ask(Job("predict", "good"))
        assert isinstance(first, Done)
        for path, status in (("fail", 500), ("hang", 504), ("die", 422)):
            began = time.monotonic()
            refused = worker.ask(Job("predict", path))
            assert time.monotonic() - began < 30
            assert isinstance(refused, RefusedError)
            assert refused.status == status
            assert "1970" not in refused.what
        again = worker.ask(Job("predict", "interrupt"))  # what is under way goes on
        assert isinstance(again, Done)
        assert again.body != first.body  # another process
        worker._process.kill()  # as the machine does where no memory is left
        worker._process.join()
        # It says nothing of the file that comes next.
        assert isinstance(worker.ask(Job("predict", "good")), Done)
    finally:
        worker.close()
    assert capfd.readouterr().out == ""


def test_who_asks_while_the_model_is_loaded_again_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Worker, "again_within", 0.1)
    worker = Worker(OddSetup(Path("slow"), Limits()))
    try:
        worker.wait()
        worker.ask(Job("predict", "die"))
        refused = worker.ask(Job("predict", "good"))
        assert isinstance(refused, RefusedError)
        assert (refused.status, refused.retry) == (503, 10)
        assert "loaded again" in refused.what
        assert refused.to_do == "Ask again in 10 seconds."
        assert worker.wait() == TOLD
        assert isinstance(worker.ask(Job("predict", "good")), Done)
    finally:
        worker.close()


def test_a_job_that_no_process_takes_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies after the job was sent, and has not taken it."""
    worker = Worker(OddSetup(Path("best"), Limits()))
    try:
        worker.wait()
        os.kill(worker._process.pid or 0, signal.SIGSTOP)
        threading.Timer(0.3, worker._process.kill).start()
        monkeypatch.setattr(worker, "_start", lambda: None)  # nor does one that comes after it
        refused = worker.ask(Job("predict", "good"))
        assert isinstance(refused, RefusedError)
        assert (refused.status, refused.retry) == (503, 10)
        assert refused.what == "The model is being loaded again."
    finally:
        worker.close()


def test_who_is_asked_while_the_server_ends_is_never_started_again() -> None:
    worker = Worker(OddSetup(Path("best"), Limits(seconds=60)))
    worker.wait()
    threading.Timer(0.3, worker.close).start()
    began = time.monotonic()
    for _ in range(2):
        refused = worker.ask(Job("predict", "hang"))
        assert isinstance(refused, RefusedError)
        assert (refused.status, refused.what) == (503, "The server is being ended.")
    assert time.monotonic() - began < 20
    assert not worker._process.is_alive()


def test_a_model_that_cannot_be_loaded_is_told() -> None:
    worker = Worker(OddSetup(Path("gone"), Limits()))
    with pytest.raises(PleuraError, match="gone: holds no model"):
        worker.wait()


def test_another_model_in_its_place_never_answers(tmp_path: Path) -> None:
    card = tmp_path / "best" / "model.json"
    card.parent.mkdir()
    card.write_text("first")
    worker = Worker(OddSetup(card.parent, Limits()))
    try:
        assert worker.wait() == TOLD
        card.write_text("second")  # as where the study is run again
        assert isinstance(worker.ask(Job("predict", "good")), Done)  # the first is in memory
        statuses = [worker.ask(Job("predict", path)) for path in ("die", "good", "good")]
        assert [vars(each)["status"] for each in statuses] == [422, 503, 503]
        card.write_text("first")
        worker.ask(Job("predict", "good"))  # the process that waits has seen the second, or not
        assert isinstance(worker.ask(Job("predict", "good")), Done)
    finally:
        worker.close()


def test_jobs_and_answers_pass_from_process_to_process() -> None:
    job = Job("view", "/a/b.png", "yes", 3, (0.0, 4095.5))
    assert job_of(job.packed()) == job
    assert job_of(Job("predict", "x").packed()) == Job("predict", "x")
    done = Done(b"a\nb\0", "image/png")
    assert result_of(packed(done)) == done
    refused = RefusedError(422, "a", "b", frames=3, black=1.5)
    same = result_of(packed(refused))
    assert isinstance(same, RefusedError)
    assert vars(same) == vars(refused)


def test_a_fault_tells_its_place_and_never_its_text() -> None:
    def fail(job: Job) -> Done:
        raise KeyError("John Doe")

    told = result(fail, Job("predict", "x"))
    assert isinstance(told, RefusedError)
    assert told.status == 500
    assert "KeyError in test_worker.py, line" in told.what
    assert "Doe" not in told.what + told.to_do
    assert told.to_do == failure(KeyError()).to_do  # one fault is told in the same words
    assert failure(ValueError("Doe")).what == "pleura failed (ValueError)."
    memory = result(lambda job: (_ for _ in ()).throw(MemoryError()), Job("predict", "x"))
    assert isinstance(memory, RefusedError)
    assert memory.status == 413

"""What `pleura worker` does while runs come, end, die and come again."""

import json
import socket
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from pleura.engine import serving
from pleura.engine.children import Child, gpu_of
from pleura.engine.meeting import KEYS, answers, find_meeting
from pleura.engine.settings import NO_RUN, REFUSED
from pleura.errors import InputError, PleuraError


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Something that answers, as a scheduler does."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path, listener: socket.socket) -> Path:
    path = tmp_path / "meet.json"
    address = f"tls://127.0.0.1:{listener.getsockname()[1]}"
    keys = dict.fromkeys(KEYS, "-----BEGIN")
    path.write_text(json.dumps({"address": address, "pleura": version("pleura"), **keys}))
    return path


class Story:
    """How the worker processes end, one start after another: a code, or what happens meanwhile."""

    def __init__(self, *codes: int | Callable[[], int]) -> None:
        self.codes = iter(codes)
        self.started: list[tuple[str, str | None]] = []

    def start(self, child: Child) -> None:
        self.started.append((child.name, child.gpu))

    def code(self, child: Child) -> int | None:
        code = next(self.codes, None)
        return code() if callable(code) else code


def told_by(story: Story, file: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(Child, "start", lambda self: story.start(self))
    monkeypatch.setattr(Child, "code", property(story.code))
    monkeypatch.setattr(Child, "end", lambda self: None)
    monkeypatch.setattr(serving, "ASK_SECONDS", 0.01)
    monkeypatch.setattr(serving, "CHECK_SECONDS", 0.01)
    how: dict[str, Any] = {"threads": 1, "once": True, **more}
    serving.serve(str(file), progress=lambda *_: None, say=told.append, **how)
    return told


def test_it_ends_with_the_run(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end() -> int:
        file.unlink()
        return 0

    told = told_by(story := Story(end), file, monkeypatch)
    assert told == [f"1 worker of 1 thread for {file}", "the run has ended"]
    assert len(story.started) == 1


def test_a_worker_that_ends_while_the_run_is_there_is_started_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its code: it was killed, or the scheduler took it for gone."""

    def end() -> int:
        file.unlink()
        return 0

    told_by(story := Story(-9, 0, NO_RUN, end), file, monkeypatch)
    assert len(story.started) == 4


def test_a_run_that_was_killed_is_waited_for(
    file: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves its file, at which nothing answers, and goes on at another address."""
    text = json.loads(file.read_text())
    later = socket.create_server(("127.0.0.1", 0))

    def die() -> int:
        listener.close()
        return 0

    def end() -> int:
        later.close()
        file.unlink()
        return 0

    def go_on(line: str) -> None:
        told.append(line)
        if line.startswith("nothing answers"):
            address = f"tls://127.0.0.1:{later.getsockname()[1]}"
            file.write_text(json.dumps({**text, "address": address}))

    told: list[str] = []
    monkeypatch.setattr(serving, "_wait_for_a_run", saying(go_on))
    told_by(story := Story(die, end), file, monkeypatch)
    assert len(story.started) == 2
    assert [line.partition(":")[0] for line in told] == ["nothing answers at tls"]


def saying(say: Callable[[str], None]) -> Callable[..., object]:
    """The wait for a run, which says what it has to say elsewhere."""
    wait = serving._wait_for_a_run
    return lambda where, minutes, _: wait(where, minutes, say)


@pytest.mark.parametrize("begun", [True, False])
def test_a_run_that_does_not_come_is_not_waited_for_until_the_job_is_ended(
    begun: bool, file: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was killed and leaves its file, and one that was refused before it wrote any."""
    address = json.loads(file.read_text())["address"]
    listener.close()
    if not begun:
        file.unlink()
    monkeypatch.setattr(serving, "WAIT", 0.001)
    gone = f"nothing has answered at {address} for 0 s" if begun else "no run has come in 0 s"
    with pytest.raises(PleuraError, match=f"{file}: {gone}, so this worker ends; .*--wait"):
        told_by(Story(), file, monkeypatch)
    with pytest.raises(PleuraError, match="so this worker ends"):
        told_by(Story(), file, monkeypatch, once=False, wait=0.001)


def test_a_file_that_cannot_be_read_just_then_is_no_end_of_the_run(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a shared disk says `stale`, since another file has taken its place."""
    tries = iter([True, False, True])

    def sometimes(where: str) -> object:
        if not next(tries, True):
            raise OSError(116, "Stale file handle")
        return find_meeting(where)

    def end() -> int:
        file.unlink()
        return 0

    monkeypatch.setattr(serving, "find_meeting", sometimes)
    told = told_by(story := Story(0, end), file, monkeypatch)
    assert told[1:] == ["the run is gone; waiting for it to go on", "the run has ended"]
    assert len(story.started) == 2


def test_what_is_refused_is_not_tried_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PleuraError, match="a worker was refused"):
        told_by(Story(REFUSED), file, monkeypatch)


def test_workers_that_end_again_and_again_are_told(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PleuraError, match="workers end one after another"):
        told_by(Story(*[1] * 50), file, monkeypatch)


def test_gpus_are_divided_among_workers(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those that this process may use, which are not the first of the machine."""

    def end() -> int:
        file.unlink()
        return 0

    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 5")
    story = Story(None, None, None, end)  # type: ignore[arg-type]
    told_by(story, file, monkeypatch, gpus=2, per_gpu=2)
    assert [gpu for _, gpu in story.started] == ["2", "5", "2", "5"]
    assert len({name for name, _ in story.started}) == 4
    assert gpu_of(2) == ""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert [gpu_of(number) for number in range(3)] == ["0", "1", ""]


def test_more_gpus_than_there_are(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    with pytest.raises(InputError, match="--gpus 2: there are 1 here"):
        told_by(Story(), file, monkeypatch, gpus=2)


def test_whether_anything_answers(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    assert answers(f"tls://127.0.0.1:{port}")
    listener.close()
    assert not answers(f"tls://127.0.0.1:{port}")
    assert not answers("nowhere")

"""One process at a time holds a name, whoever dies, is paused, or has another clock."""

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from pleura import leases
from pleura.holders import Holder, began_at, this_machine
from pleura.leases import HeldError, hold, holder_of

ELSEWHERE = Holder("theirs", "node7", "node7 of another boot", 1, 0.0, 3)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(leases, "EXPIRY_SECONDS", 0.4)
    monkeypatch.setattr(leases, "LOOK_SECONDS", 0.01)


@pytest.fixture
def name(tmp_path: Path) -> Path:
    return tmp_path / ".lease"


def write(name: Path, number: int, holder: Holder) -> Path:
    path = name.with_name(f"{name.name}.{number}")
    path.write_text(json.dumps(asdict(holder)))
    return path


def test_who_holds_is_told_with_its_work_and_leaves_nothing(name: Path) -> None:
    with hold(name, wait=False) as lease:
        assert lease is not None
        lease.tell({"what": "training"})
        until(lambda: dict(holder_of(name).doing) == {"what": "training"})  # type: ignore[union-attr]
        holder = holder_of(name)
        assert holder is not None
        assert holder.pid == os.getpid()
        assert holder.is_here
        assert not holder.has_ended
    assert list(name.parent.iterdir()) == []


def test_a_second_holder_on_this_machine_is_refused_at_once(name: Path) -> None:
    with hold(name, wait=False), pytest.raises(HeldError, match=f"process {os.getpid()} on"):
        hold(name, wait=False).__enter__()


def test_a_process_that_was_killed_is_followed_at_once(name: Path) -> None:
    """Though it could not give the name free, and gave a sign of life just now."""
    code = (
        "import os, sys; from pathlib import Path; from pleura.leases import hold\n"
        "with hold(Path(sys.argv[1]), wait=False): print('held', flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(name)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(HeldError):
        hold(name, wait=False).__enter__()
    process.kill()
    until(lambda: holder_of(name).has_ended)  # type: ignore[union-attr]
    began = time.monotonic()
    with hold(name, wait=False) as lease:  # not yet waited for: a zombie has ended, too
        assert lease is not None
        assert lease.number == 1
    assert time.monotonic() - began < leases.EXPIRY_SECONDS
    process.communicate()


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_a_machine_that_is_silent_is_followed_whatever_its_clock_says(
    hours: int, name: Path
) -> None:
    path = write(name, 4, ELSEWHERE)
    at = time.time() + 3600 * hours
    os.utime(path, (at, at))
    told: list[Holder] = []
    began = time.monotonic()
    with hold(name, wait=False, waiting=told.append) as lease:
        assert lease is not None
        assert lease.number == 5
        assert time.monotonic() - began > leases.EXPIRY_SECONDS
    assert told == [ELSEWHERE]


@pytest.mark.parametrize("wait", [False, True])
def test_a_machine_that_gives_signs_of_life_keeps_its_name(wait: bool, name: Path) -> None:
    path, over = write(name, 0, ELSEWHERE), threading.Event()

    def live() -> None:
        for beat in range(60):
            write(name, 0, replace(ELSEWHERE, beat=beat))
            time.sleep(0.02)
        path.unlink()
        over.set()

    with ThreadPoolExecutor() as pool:
        living = pool.submit(live)
        if not wait:
            with pytest.raises(HeldError, match="node7"):
                hold(name, wait=False).__enter__()
            assert not over.is_set()
        else:
            with hold(name, wait=True) as lease:
                assert lease is not None
                assert over.is_set()
        living.result()


def test_who_was_paused_for_long_holds_no_more(name: Path) -> None:
    """It does not take the name back by a late sign of life either."""
    with hold(name, wait=False) as lease:
        assert lease is not None
        later = write(name, 1, ELSEWHERE)
        assert not lease.holds()
        lease.path.unlink()
        time.sleep(5 * leases.BEAT_SECONDS)
        assert not lease.path.exists()
    assert holder_of(name) == ELSEWHERE
    later.unlink()


def test_of_many_who_find_a_holder_gone_one_follows(name: Path) -> None:
    write(name, 0, replace(ELSEWHERE, machine=this_machine(), pid=2**22 + 1))
    held, most = 0, 0
    guard = threading.Lock()

    def follow() -> None:
        nonlocal held, most
        with hold(name, wait=True):
            with guard:
                held += 1
                most = max(most, held)
            time.sleep(0.01)
            with guard:
                held -= 1

    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(follow) for _ in range(16)]:
            each.result()
    assert most == 1
    assert list(name.parent.iterdir()) == []


def test_who_need_not_hold_waits_no_longer(name: Path) -> None:
    write(name, 0, replace(ELSEWHERE, machine=this_machine(), pid=os.getpid(), began=began()))
    asked = iter([False, False, True])
    with hold(name, wait=True, unless=lambda: next(asked)) as lease:
        assert lease is None


@pytest.mark.parametrize("text", ["", "null", "{", '{"pid": []}'])
def test_what_is_half_written_is_no_sign_that_nobody_holds(text: str, name: Path) -> None:
    name.with_name(f"{name.name}.0").write_text(text)
    began = time.monotonic()
    with hold(name, wait=True):
        assert time.monotonic() - began > leases.EXPIRY_SECONDS


def failing(
    monkeypatch: pytest.MonkeyPatch, what: str, fails: Callable[[Path], bool], text: str | None
) -> None:
    """Leases of which `what` fails, a read that comes back as `text` where it is given."""
    do = getattr(Path, what)

    def sometimes(path: Path, *args: object, **more: object) -> object:
        if path.name.startswith(".lease") and fails(path):
            if text is not None:
                return text
            raise PermissionError(13, "held by another process", str(path))
        return do(path, *args, **more)

    monkeypatch.setattr(Path, what, sometimes)


@pytest.mark.parametrize("text", [None, "", "{"])
def test_a_file_that_cannot_be_read_just_then_is_given_free_nevertheless(
    text: str | None, name: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = hold(name, wait=False)
    lease.__enter__()
    times = iter([True, True])
    failing(monkeypatch, "read_text", lambda path: next(times, False), text)
    lease.__exit__(None, None, None)
    monkeypatch.undo()
    assert list(name.parent.iterdir()) == []


def test_a_file_that_is_never_read_says_that_nobody_holds(
    name: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "READ_SECONDS", 0.0)
    lease = hold(name, wait=False)
    lease.__enter__()
    failing(monkeypatch, "read_text", lambda path: True, None)
    lease.__exit__(None, None, None)
    monkeypatch.undo()
    assert len(list(name.parent.iterdir())) == 1
    assert holder_of(name) is None


def test_a_read_that_comes_back_empty_does_not_end_the_signs_of_life(
    name: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = threading.Event()
    do: Any = Path.open

    def opened(path: Path, *args: object, **more: object) -> object:
        if args[:1] == ("r+",) and not beats.is_set():
            beats.set()
            return io.StringIO()
        return do(path, *args, **more)

    with hold(name, wait=False) as lease:
        assert lease is not None
        monkeypatch.setattr(Path, "open", opened)
        until(lambda: beats.is_set() and (holder_of(name) or Holder()).beat > 1)


def began() -> float:
    return began_at(os.getpid())


def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("it never came")

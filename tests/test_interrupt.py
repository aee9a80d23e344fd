"""An interrupted process takes away what nobody else would."""

import os
from pathlib import Path

import pytest

from pleura.engine.meeting import KEYS, find_meeting
from pleura.engine.scheduler import scheduler
from pleura.engine.settings import LOOPBACK
from pleura.interrupt import INTERRUPTED, leaving_nothing, stop


class EndedError(BaseException):
    """The process is at its end."""


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The codes with which the process has ended, which it does not here."""
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        raise EndedError

    monkeypatch.setattr(os, "_exit", end)
    return codes


def test_an_interrupt_does_the_last_acts_and_ends(
    codes: list[int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One that fails hinders neither the others nor the end."""
    keys = tmp_path / "keys.json"
    keys.touch()
    done: list[str] = []

    def fail() -> None:
        done.append("failed")
        raise OSError("the disk is gone")

    with (
        leaving_nothing(lambda: keys.unlink(missing_ok=True)),
        pytest.raises(OSError, match="the disk is gone"),
        leaving_nothing(fail),
        pytest.raises(EndedError),
    ):
        stop(2, None)
    assert codes == [INTERRUPTED]
    assert done == ["failed", "failed"]
    assert not keys.exists()
    assert capfd.readouterr().err == "stopped; the same command goes on from here\n"


def test_what_is_over_is_not_done_again(codes: list[int]) -> None:
    done: list[str] = []
    with leaving_nothing(lambda: done.append("once")):
        pass
    with pytest.raises(EndedError):
        stop(2, None)
    assert done == ["once"]


def test_the_keys_of_a_run_go_when_it_is_interrupted(codes: list[int], tmp_path: Path) -> None:
    """Workers find no run there, and nobody the keys of one that is no more."""
    file = tmp_path / "meet.json"
    with pytest.raises(EndedError), scheduler(file, LOOPBACK):
        assert find_meeting(str(file)) is not None
        assert KEYS[0] in file.read_text()
        try:
            stop(2, None)
        finally:
            assert list(tmp_path.iterdir()) == []

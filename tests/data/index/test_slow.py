"""Patterns that would never end are refused in time."""

import time
from pathlib import PurePosixPath as Path

import pytest

from pleura.data.index import slow
from pleura.data.index.pattern import NamePattern
from pleura.data.index.slow import refuse_slow
from pleura.errors import InputError

NAMES = [Path("a" * 60 + "!.png")]


def test_repetitions_within_repetitions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(InputError, match="did not get through the names of 1 file") as told:
        refuse_slow([NamePattern("(?P<patient>(a+)+$)")], NAMES)
    assert "pattern '(?P<patient>(a+)+$)'" in str(told.value)
    assert time.monotonic() - began < 30


def test_other_patterns_pass() -> None:
    refuse_slow([NamePattern("(?P<patient>a+)"), NamePattern("{patient}_{number}")], NAMES)
    refuse_slow([], NAMES)

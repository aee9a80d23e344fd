"""What is shown of all workers together."""

import time
from typing import Any

import pytest

from pleura.engine.view import View
from pleura.study.context import quiet
from pleura.study.step import Step

A, B = (Step("features", title, {"title": title}, {}) for title in "ab")


def test_what_workers_say_is_shown_by_step() -> None:
    shown: list[tuple[Any, ...]] = []
    view = View(lambda *of: shown.append(of), quiet)
    said = {"what": "a: training, batches", "done": 3, "total": 8, "figures": {"loss": 0.5}}
    view.hear({**said, "step": A.key})
    view.show([A, B], 1, 4, 2)
    what, done, total, _ = shown[-1]
    first, *lines = what.splitlines()
    assert (first, done, total) == ("steps", 1, 4)
    assert lines[0].startswith("a: training, batches: 3/8  loss 0.500")
    assert lines[1:] == ["b", "2 workers"]
    assert (view.done_of(A), view.done_of(B)) == (3, 0)


def test_the_pace_of_a_step_does_not_count_the_wait_for_another_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    shown: list[str] = []
    view = View(lambda what, *_: shown.append(what), quiet)
    said = {"step": A.key, "what": "a", "total": 100, "figures": {}}
    view.hear({**said, "done": 0})
    now = 10.0
    view.hear({**said, "done": 10})
    view.lose(A)
    assert view.done_of(A) == 10
    now = 3600.0
    view.hear({**said, "done": 10})
    now = 3610.0
    view.hear({**said, "done": 20})
    view.show([A], 0, 1, 1)
    assert shown == ["steps\na: 20/100  about 80 s left\n1 worker"]

"""What is timed waits for workers that are still loading their packages on the same machine."""

import time

import pytest

from pleura.engine import arrivals
from pleura.engine.arrivals import ALONE_SECONDS, LOADING_SECONDS, Arrivals
from tests.engine.made_workers import TIMED, A, Workers, titles, work


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    return clock


def test_workers_of_this_machine_are_expected(now: list[float]) -> None:
    mine = Arrivals(2)
    mine.see(["a"])
    now[0] += ALONE_SECONDS
    assert not mine.are_over
    mine.see(["a", "b"])
    assert mine.are_over
    mine.see(["a"])  # one has ended, and is started again
    assert not mine.are_over
    now[0] += LOADING_SECONDS  # it will not come any more
    assert mine.are_over


def test_of_a_cluster_nobody_knows_how_many_come(now: list[float]) -> None:
    cluster = Arrivals(0)
    for there in (["a"], ["a", "b"], ["b"]):
        cluster.see(there)
        assert not cluster.are_over
        now[0] += ALONE_SECONDS - 1
        cluster.see(there)
        assert not cluster.are_over
        now[0] += 1
        assert cluster.are_over


def test_what_is_timed_waits_for_the_second_worker_of_two(workers: Workers) -> None:
    late = workers.at.popitem()
    there: list[list[str]] = []

    def look(done: int) -> None:
        there.append(titles(workers))
        if len(there) > 4:
            workers.at |= dict([late])

    work(workers, A, TIMED, own=2, look=look)
    assert there[4] == ["a"]
    assert titles(workers) == ["a", "timed"]


def test_what_is_timed_waits_until_no_worker_has_come_for_a_while(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "ALONE_SECONDS", 0.3)
    began = time.monotonic()
    work(workers, TIMED)
    assert time.monotonic() - began >= 0.3

"""What the run's own process does beside its workers, and what waits for it."""

import shutil
import threading
import time
from pathlib import Path

import pytest

from pleura.engine import cluster
from pleura.errors import InputError, PleuraError
from pleura.leases import LEASE
from pleura.study.run import Result, Study
from pleura.study.work import FIRST, Engine, Work
from pleura.tables import AUDIT
from tests.engine.made_workers import DONE, GONE, LAST, TIMED, A, B, Workers, step, titles, work


def test_what_comes_first_is_done_beside_the_steps_but_not_beside_what_is_timed(
    workers: Workers,
) -> None:
    asked: list[str] = []

    def first() -> None:
        until = time.monotonic() + 20
        while titles(workers) != ["a"] and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.1)
        asked.extend(titles(workers))

    work(workers, A, TIMED, first=first)
    assert asked == ["a"]
    assert titles(workers) == ["a", "timed"]


def test_what_comes_first_ends_the_work_by_what_it_raises(workers: Workers) -> None:
    def first() -> None:
        raise InputError("images of one patient on both sides")

    workers.answers["a"] = [GONE]  # is never answered
    with pytest.raises(InputError, match="both sides"):
        work(workers, A, LAST, first=first)


@pytest.mark.parametrize("kind", ["outcome", "clues", "heatmaps"])
def test_a_study_that_is_refused_has_not_met_its_test_part(kind: str, workers: Workers) -> None:
    """Trainings may have begun."""
    judged = step(kind, "judged")

    def first() -> None:
        until = time.monotonic() + 20
        while titles(workers) != ["a", "b"] and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.2)
        raise InputError("images of one patient on both sides")

    with pytest.raises(InputError, match="both sides"):
        work(workers, judged, A, B, first=first)
    assert titles(workers) == ["a", "b"]
    work(workers, judged, A, B)
    assert titles(workers) == ["a", "b", "judged"]


def test_a_fault_that_is_found_after_the_last_step_ends_the_work(workers: Workers) -> None:
    """Meanwhile the run is looked after, and shows what it waits for."""
    shown, checks, asked = list[str](), list[int](), threading.Event()

    def show(what: str, *_: object) -> None:
        shown.append(what)
        if what == FIRST:
            asked.set()

    def first() -> None:
        assert asked.wait(20)
        raise InputError("images of one patient on both sides")

    with pytest.raises(InputError, match="both sides"):
        work(workers, A, first=first, progress=show, check=lambda: checks.append(1))
    assert titles(workers) == ["a"]
    assert shown[0].splitlines() == ["steps", "a", "2 workers", FIRST]
    assert FIRST in shown
    assert len(checks) > 1


def test_a_run_that_ends_waits_for_what_is_beside_it_and_tells_of_a_fault_of_the_data_first(
    workers: Workers,
) -> None:
    """Whoever works in the folder next has it alone."""
    ended = threading.Event()
    workers.answers["a"] = [{**DONE, "done": False, "error": "an image is gone"}]

    def first() -> None:
        time.sleep(0.1)
        ended.set()
        raise InputError("images of one patient on both sides")

    with pytest.raises(InputError, match="both sides"):
        work(workers, A, first=first)
    assert ended.is_set()


def test_a_run_that_ends_does_not_wait_for_long(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "LAST_SECONDS", 0.05)
    workers.answers["a"] = [{**DONE, "done": False, "error": "an image is gone"}]
    over = threading.Event()

    def first() -> None:
        over.wait(20)

    with pytest.raises(PleuraError, match="an image is gone"):
        work(workers, A, first=first)
    over.set()


class Late:
    """An engine that looks for faults when the folder is no longer this run's."""

    threads: int | None = None

    def __call__(self, folder: Path, announce: object) -> Engine:
        self.folder = folder
        return self

    def work(self, work: Work) -> None:
        for lease in self.folder.glob(f"{LEASE}.*"):
            lease.unlink()
        work.first()

    def close(self) -> None:
        pass


def test_a_thread_that_outlives_the_run_leaves_the_folder_as_it_is(
    study: Study, expected: Result, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    shutil.copytree(expected.folder, folder)
    (folder / AUDIT).unlink()
    with pytest.raises(PleuraError, match="another run has taken this folder over"):
        study.run(folder, engine=Late())
    assert not (folder / AUDIT).exists()

"""What the run does with answers of workers; none of them is a process here."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from distributed import Client

from pleura.engine import cluster
from pleura.engine.cluster import Cluster
from pleura.engine.plain import step_of
from pleura.engine.todo import Todo
from pleura.engine.view import View
from pleura.errors import PleuraError
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import listed
from pleura.study.work import Work

MACHINE = {"system": "Linux", "instructions": "AVX2", "device": "cpu"}
MACHINES = {"tls://1": "10.0.0.1", "tls://2": "10.0.0.2"}
GONE = object()  # the worker goes with the step
DONE: dict[str, Any] = {"done": True, "full": False, "host": "node1", "machine": MACHINE}
FULL = {**DONE, "done": False, "full": True, "error": "/scratch: No space left on device"}


@dataclass
class Answered:
    """A future whose answer is there."""

    answer: Any
    status: str = "finished"
    ends: bool = True

    def add_done_callback(self, call: Callable[[Any], None]) -> None:
        if self.ends:
            call(self)

    def result(self, timeout: float) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def exception(self, timeout: float) -> Any:
        return self.answer

    def cancel(self, force: bool) -> None:
        pass

    def __hash__(self) -> int:
        return id(self)


@dataclass
class Workers:
    """Stands for a scheduler: what each step is answered in turn; else it is done at once."""

    out: Path
    answers: dict[str, list[Any]] = field(default_factory=dict)
    at: dict[str, str] = field(
        default_factory=lambda: {"tls://1": "10.0.0.1", "tls://2": "10.0.0.2"}
    )
    gpus: frozenset[str] = frozenset()
    asked: list[tuple[str, str]] = field(default_factory=list)
    status: str = "running"
    machines: dict[str, dict[str, str]] = field(default_factory=dict)

    def connect(self) -> Client:
        return cast(Client, self)

    def submit(self, function: Any, message: str, **how: Any) -> Answered:
        step = step_of(json.loads(message), self.out)
        assert how["key"][:2] == (step.title, step.key)
        (worker,) = how["workers"]
        self.asked.append((step.title, worker))
        answer = self.answers.get(step.title, [])
        if answer:
            given = answer.pop(0)
            if given is GONE:
                del self.at[worker]
                return Answered(None, "lost", ends=False)
            return given if isinstance(given, Answered) else Answered(given)
        step.finish(self.out / "steps", {"seconds": 1.0})
        return Answered({**DONE, "machine": self.machines.get(step.title, MACHINE)})

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {
            "workers": {
                at: {"host": host, "resources": {"GPU": 1} if at in self.gpus else {}}
                for at, host in self.at.items()
            }
        }

    def subscribe_topic(self, topic: str, hear: Callable[[Any], None]) -> None:
        pass

    def cancel(self, futures: Any, force: bool) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cluster, "write_context", lambda of: tmp_path / "engine" / "context.json")


@pytest.fixture
def workers(tmp_path: Path) -> Workers:
    (tmp_path / "steps").mkdir()
    return Workers(tmp_path)


def step(kind: str, title: str, *parents: Step) -> Step:
    return Step(kind, title, {"title": title}, {}, parents)


A, B = step("features", "a"), step("clues", "b")
LAST, TIMED = step("similarity", "last", A, B), step("latency", "timed", A)


def work(
    workers: Workers, *steps: Step, is_open: bool = False, again: Callable[[], Any] = lambda: None
) -> list[str]:
    told: list[str] = []
    context = cast(Context, SimpleNamespace(out=workers.out, steps=workers.out / "steps"))
    plan = Plan(steps, open=is_open)
    Cluster(workers.connect).work(Work(plan, context, quiet, told.append, again))
    return told


def titles(workers: Workers) -> list[str]:
    return [title for title, _ in workers.asked]


def test_a_step_waits_for_its_parents_and_what_is_timed_for_all(workers: Workers) -> None:
    told = work(workers, A, TIMED, B, LAST)
    assert titles(workers) == ["a", "b", "last", "timed"]
    assert told[0] == "4 steps, 0 already done"
    assert told[-1].startswith("[4/4] timed")


def test_what_is_done_is_not_done_again(workers: Workers) -> None:
    work(workers, A, B)
    work(workers, A, B, LAST)
    assert titles(workers) == ["a", "b", "last"]


def test_steps_go_to_workers_that_are_free(workers: Workers) -> None:
    work(workers, A, B, LAST)
    assert workers.asked[:2] == [("a", "tls://1"), ("b", "tls://2")]


def test_a_training_goes_where_a_gpu_is_and_others_leave_it_free(workers: Workers) -> None:
    workers.gpus = frozenset({"tls://1"})
    assert listed.load_kind("features").needs == "device"
    assert listed.load_kind("clues").needs == "nothing"
    work(workers, B, A, step("features", "c"), TIMED)
    assert workers.asked == [
        ("b", "tls://2"),
        ("a", "tls://1"),
        ("c", "tls://1"),
        ("timed", "tls://1"),
    ]


def test_a_machine_whose_disk_is_full_is_left_out(workers: Workers) -> None:
    """Though it is called otherwise by itself than by the scheduler."""
    workers.answers["a"] = [FULL]
    told = work(workers, A, B)
    assert workers.asked == [("a", "tls://1"), ("b", "tls://2"), ("a", "tls://2")]
    assert "a: /scratch: No space left on device on node1; elsewhere" in told


def test_where_all_disks_are_full_that_is_told(workers: Workers) -> None:
    workers.answers["a"] = [FULL, {**FULL, "host": "node2"}]
    with pytest.raises(PleuraError, match="a: on node2: /scratch: No space left on device"):
        work(workers, A)


def test_a_machine_is_asked_again_where_the_others_have_gone(workers: Workers) -> None:
    """It may have room by now; if not, that ends the run, which must not wait for ever."""
    workers.answers["a"] = [FULL, GONE]
    work(workers, A)
    assert workers.asked == [("a", "tls://1"), ("a", "tls://2"), ("a", "tls://1")]


def test_why_a_step_cannot_be_done_is_told(workers: Workers) -> None:
    workers.answers["a"] = [{**DONE, "done": False, "error": "an image is gone"}]
    with pytest.raises(PleuraError, match="a: on node1: an image is gone"):
        work(workers, A, LAST)
    assert "last" not in titles(workers)


def test_a_step_whose_worker_has_ended_is_given_to_another(workers: Workers) -> None:
    workers.answers["a"] = [GONE]
    work(workers, A)
    assert workers.asked == [("a", "tls://1"), ("a", "tls://2")]


@pytest.mark.parametrize("answer", [Answered(None, "lost"), Answered(TimeoutError())])
def test_an_answer_that_went_with_its_worker_is_not_waited_for(
    answer: Answered, workers: Workers
) -> None:
    """The step may be done: it is not done again then."""
    workers.answers["a"] = [answer]
    work(workers, A)
    assert titles(workers) == ["a", "a"]
    workers.answers["b"] = [answer]
    B.finish(workers.out / "steps", {"seconds": 1.0})
    again = Todo([B])
    again.done(B, workers.out / "steps")
    assert not again


def test_a_step_that_takes_all_workers_with_it_ends_the_run(workers: Workers) -> None:
    workers.at |= {f"tls://{number}": f"10.0.0.{number}" for number in range(3, 9)}
    workers.answers["a"] = [GONE] * 8
    with pytest.raises(PleuraError, match="a: 4 workers ended one after another"):
        work(workers, A)


def test_what_fails_before_a_worker_can_answer_is_told(workers: Workers) -> None:
    workers.answers["a"] = [Answered(ImportError("no module"), "error")]
    with pytest.raises(PleuraError, match=r"a: ImportError\('no module'\)"):
        work(workers, A)


def test_the_scheduler_is_gone(workers: Workers) -> None:
    workers.answers["a"], workers.status = [Answered(None, "lost")], "closed"
    with pytest.raises(PleuraError, match="a: the scheduler is gone"):
        work(workers, A)


def test_a_disk_that_is_not_shared_is_told(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ARRIVAL_SECONDS", 0.1)
    workers.answers["a"] = [DONE]
    with pytest.raises(PleuraError, match="need the study's folder on a disk that they share"):
        work(workers, A)


def test_a_search_goes_on_while_others_work(workers: Workers) -> None:
    """The plan is made anew as soon as something was found out, not when all is done."""
    plans = iter([Plan((A, B), open=True), Plan((A, B, LAST), open=False)])
    work(workers, A, is_open=True, again=lambda: next(plans, None))
    assert titles(workers) == ["a", "b", "last"]


def test_a_step_that_is_lost_in_between_is_done_again(workers: Workers) -> None:
    """Something that was done is needed anew, as weights that were dropped."""

    def lost() -> Plan | None:
        if len(workers.asked) > 1:
            return None
        shutil.rmtree(A.folder(workers.out / "steps"))
        return Plan((A,), open=False)

    work(workers, A, again=lost)
    assert titles(workers) == ["a", "a"]


def test_machines_of_different_kinds_are_told_and_kept(workers: Workers) -> None:
    workers.machines["b"] = {**MACHINE, "instructions": "AVX512"}
    told = work(workers, A, B)
    assert any("instructions AVX2, then AVX512" in line for line in told)
    kept = json.loads((workers.out / "environment.json").read_text())
    assert kept == {**MACHINE, "instructions": "AVX2, then AVX512"}


def test_what_workers_say_is_shown_by_step(workers: Workers) -> None:
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

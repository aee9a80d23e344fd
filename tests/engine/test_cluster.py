"""What the run does with answers of workers; none of them is a process here."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
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
from pleura.errors import InputError, PleuraError
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
    at: dict[str, str] = field(default_factory=lambda: {**MACHINES})
    gpus: Mapping[str, str] = field(default_factory=dict)
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
                at: {"host": host, "resources": self.resources(at)} for at, host in self.at.items()
            }
        }

    def resources(self, worker: str) -> dict[str, int]:
        return {"GPU": 1, f"GPU {self.gpus[worker]}": 1} if worker in self.gpus else {}

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
    workers: Workers,
    *steps: Step,
    is_open: bool = False,
    again: Callable[[], Any] = lambda: None,
    first: Callable[[], None] = lambda: None,
) -> list[str]:
    told: list[str] = []
    context = cast(Context, SimpleNamespace(out=workers.out, steps=workers.out / "steps"))
    plan = Plan(steps, open=is_open)
    asked = Work(plan, context, quiet, told.append, again, first=first)
    Cluster(workers.connect).work(asked)
    return told


def titles(workers: Workers) -> list[str]:
    return [title for title, _ in workers.asked]


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
    workers.gpus = {"tls://1": "0"}
    assert listed.load_kind("features").needs == "device"
    assert listed.load_kind("clues").needs == "nothing"
    work(workers, B, A, step("features", "c"), TIMED)
    assert workers.asked == [
        ("b", "tls://2"),
        ("a", "tls://1"),
        ("c", "tls://1"),
        ("timed", "tls://1"),
    ]


def test_trainings_are_spread_over_gpus_before_they_share_one(workers: Workers) -> None:
    """Each GPU has two workers; those of another machine may call theirs the same."""
    workers.at = dict.fromkeys(("tls://1", "tls://2", "tls://3", "tls://4"), "10.0.0.1")
    workers.at |= {"tls://5": "10.0.0.2", "tls://6": "10.0.0.2"}
    of = (("tls://1", "0"), ("tls://2", "0"), ("tls://3", "1"), ("tls://4", "1"))
    workers.gpus = dict(of) | {"tls://5": "0", "tls://6": "0"}
    work(workers, *(step("features", name) for name in "abcdef"))
    assert [at for _, at in workers.asked] == [f"tls://{at}" for at in (1, 3, 5, 2, 4, 6)]


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
    assert kept == {**MACHINE, "instructions": "AVX2, then AVX512", "steps side by side": "2"}


def test_that_workers_are_waited_for_is_told(workers: Workers) -> None:
    """On the terminal, as work of its own, and to whoever looks at the folder."""
    shown, told = list[str](), list[Any]()
    at, workers.at = workers.at, {}

    def come(done: int) -> None:
        workers.at = at

    context = cast(Context, SimpleNamespace(out=workers.out, steps=workers.out / "steps"))
    plan = Plan((A,), open=False)
    asked = Work(
        plan, context, lambda what, *_: shown.append(what), quiet, tell=lambda it: told.append(it)
    )
    Cluster(workers.connect, come).work(asked)
    assert [what.splitlines()[0] for what in shown] == ["waiting for workers", "steps"]
    assert told == [{"workers": 0}, {"workers": 2}]

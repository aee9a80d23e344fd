"""What the run does with answers of workers; none of them is a process here."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from distributed import Client, KilledWorker

from pleura.engine import cluster
from pleura.engine.cluster import Cluster
from pleura.engine.plain import step_of
from pleura.errors import PleuraError
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import listed
from pleura.study.work import Work

MACHINE = {"system": "Linux", "instructions": "AVX2", "device": "cpu"}
DONE: dict[str, Any] = {"done": True, "full": False, "host": "node1", "machine": MACHINE}
FULL = {**DONE, "done": False, "full": True, "error": "/scratch: No space left on device"}


@dataclass
class Answered:
    """A future whose answer is there."""

    answer: Any
    status: str = "finished"

    def add_done_callback(self, call: Callable[[Any], None]) -> None:
        call(self)

    def result(self) -> Any:
        return self.answer

    def exception(self) -> Any:
        return self.answer

    def __hash__(self) -> int:
        return id(self)


@dataclass
class Workers:
    """Stands for a scheduler: what each step is answered in turn; else it is done at once."""

    out: Path
    answers: dict[str, list[Any]] = field(default_factory=dict)
    at: dict[str, str] = field(default_factory=lambda: {"tls://1": "node1", "tls://2": "node2"})
    gpus: int = 0
    asked: list[tuple[str, Any, Any]] = field(default_factory=list)
    machines: dict[str, dict[str, str]] = field(default_factory=dict)

    @contextmanager
    def connect(self) -> Iterator[Client]:
        yield cast(Client, self)

    def submit(self, function: Any, message: str, **how: Any) -> Answered:
        step = step_of(json.loads(message), self.out)
        assert how["key"] == (step.title, step.key)
        self.asked.append((step.title, how["resources"], how["workers"]))
        answer = self.answers.get(step.title, [])
        if answer:
            given = answer.pop(0)
            return given if isinstance(given, Answered) else Answered(given)
        step.finish(self.out / "steps", {"seconds": 1.0})
        return Answered({**DONE, "machine": self.machines.get(step.title, MACHINE)})

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        resources = {"GPU": self.gpus} if self.gpus else {}
        return {
            "workers": {at: {"host": host, "resources": resources} for at, host in self.at.items()}
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
    return [title for title, *_ in workers.asked]


def test_a_step_waits_for_its_parents_and_what_is_timed_for_all(workers: Workers) -> None:
    told = work(workers, A, TIMED, B, LAST)
    assert titles(workers) == ["a", "b", "last", "timed"]
    assert told[0] == "4 steps, 0 already done"
    assert told[-1].startswith("[4/4] timed")


def test_what_is_done_is_not_done_again(workers: Workers) -> None:
    work(workers, A, B)
    work(workers, A, B, LAST)
    assert titles(workers) == ["a", "b", "last"]


@pytest.mark.parametrize(("gpus", "wanted"), [(0, {}), (1, {"GPU": 1})])
def test_a_training_goes_where_a_gpu_is(gpus: int, wanted: Any, workers: Workers) -> None:
    workers.gpus = gpus
    work(workers, A, B)
    assert listed.load_kind("features").needs == "device"
    assert listed.load_kind("clues").needs == "nothing"
    assert workers.asked[0] == ("a", wanted, None)
    assert workers.asked[1] == ("b", {}, None)


def test_a_machine_whose_disk_is_full_is_left_out(workers: Workers) -> None:
    workers.answers["a"] = [FULL]
    told = work(workers, A, B)
    assert [(title, at) for title, _, at in workers.asked] == [
        ("a", None),
        ("b", None),
        ("a", ["tls://2"]),
    ]
    assert "a: /scratch: No space left on device on node1; tried elsewhere" in told


def test_where_all_disks_are_full_that_is_told(workers: Workers) -> None:
    workers.answers["a"] = [FULL, {**FULL, "host": "node2"}]
    with pytest.raises(PleuraError, match="a: on node2: /scratch: No space left on device"):
        work(workers, A)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({**DONE, "done": False, "error": "an image is gone"}, "a: on node1: an image is gone"),
        (
            Answered(KilledWorker("a", cast(Any, None), 4), "error"),
            "a: several workers ended while",
        ),
        (Answered(None, "cancelled"), "a: the scheduler is gone"),
    ],
)
def test_why_a_step_cannot_be_done_is_told(answer: Any, message: str, workers: Workers) -> None:
    workers.answers["a"] = [answer]
    with pytest.raises(PleuraError, match=message):
        work(workers, A, LAST)
    assert "last" not in titles(workers)


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


def test_machines_of_different_kinds_are_told(workers: Workers) -> None:
    workers.machines["b"] = {**MACHINE, "instructions": "AVX512"}
    told = work(workers, A, B)
    assert any(
        "machines of different kinds: Linux, AVX2, cpu, and Linux, AVX512" in it for it in told
    )

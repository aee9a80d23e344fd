"""Workers that answer as a test wants; none of them is a process."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from distributed import Client

from pleura.engine.cluster import Cluster
from pleura.engine.plain import step_of
from pleura.study.context import Context, Progress, quiet
from pleura.study.step import Step
from pleura.study.step_graph import Plan
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


def step(kind: str, title: str, *parents: Step) -> Step:
    return Step(kind, title, {"title": title}, {}, parents)


A, B = step("features", "a"), step("depth", "b")
LAST, TIMED = step("similarity", "last", A, B), step("latency", "timed", A)


def work(
    workers: Workers,
    *steps: Step,
    is_open: bool = False,
    again: Callable[[], Any] = lambda: None,
    first: Callable[[], None] = lambda: None,
    progress: Progress = quiet,
    check: Callable[[], None] = lambda: None,
    look: Callable[[int], None] = lambda done: None,
    own: int = 0,
) -> list[str]:
    told: list[str] = []
    context = cast(Context, SimpleNamespace(out=workers.out, steps=workers.out / "steps"))
    plan = Plan(steps, open=is_open)
    asked = Work(plan, context, progress, told.append, again, check, first=first)
    Cluster(workers.connect, look, own=own).work(asked)
    return told


def titles(workers: Workers) -> list[str]:
    return [title for title, _ in workers.asked]

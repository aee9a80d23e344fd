"""What runs the steps of a study: the contract, and one after another in this process."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pleura.files import read_mapping, write_text
from pleura.holders import Holder
from pleura.study.attempt import perform
from pleura.study.context import Context, Progress
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.listed import kind_of
from pleura.wording import count

PLAN = "engine/plan.json"  # the titles of a study's steps, by the names of their folders
FIRST = "looking for faults of the images"  # how what comes first is shown


@dataclass(frozen=True)
class Work:
    """What an engine has to do.

    `first` is to be done before the steps, or beside them where workers do these; what it raises
    ends the work. It shows nothing itself, as it may be in another thread: the engine shows `FIRST`
    instead. `again` gives the plan made anew with what has been found out since, or None where
    nothing of it is missing; while a plan is open it can be asked at any time. `check` raises
    PleuraError where this process may no longer work on the study. `tell` is given what whoever
    looks at the folder is told of the run: the number of its `workers`, where it has any but
    itself.
    """

    plan: Plan
    context: Context
    progress: Progress
    announce: Callable[[str], None]
    again: Callable[[], Plan | None] = lambda: None
    check: Callable[[], None] = lambda: None
    tell: Callable[[Mapping[str, Any]], None] = lambda said: None
    first: Callable[[], None] = lambda: None

    def begin(self, plan: Plan) -> tuple[Step, ...]:
        """The steps of a plan that are missing, after saying how many there are; for whoever looks
        at the folder, what they are is written into `PLAN`."""
        missing = plan.missing(self.context.steps)
        more = ", more once searches have ended" if plan.open else ""
        done = len(plan.steps) - len(missing)
        self.announce(f"{count(len(plan.steps), 'step')}{more}, {done} already done")
        titles = {step.name: step.title for step in plan.steps}
        content = {"open": plan.open, "steps": titles}
        if read_mapping(self.context.out / PLAN) != content:
            write_text(self.context.out / PLAN, json.dumps(content))
        return missing

    def say_done(self, step: Step, number: int, of: int) -> None:
        """Say what has come out of a step; `number` are done, `of` how many."""
        result = kind_of(step).describe(step, step.result(self.context.steps))
        self.announce(f"[{number}/{of}] {step.title}{result}")


class Engine(Protocol):
    """Does the steps of a study that are missing; `threads` are those of each training, None for
    as many as this process has."""

    threads: int | None

    def work(self, work: Work) -> None:
        """Do all that is missing. Raises PleuraError where a step cannot be done."""


class Engines(Protocol):
    """Makes the engine of a run, and of the run of a lung masker before it."""

    def __call__(self, folder: Path, announce: Callable[[str], None]) -> Engine:
        """The engine for a study's folder; what it decides is announced."""

    def close(self) -> None:
        """The run has ended."""


class Here:
    """One step after another, in this process."""

    threads: int | None = None

    def work(self, work: Work) -> None:
        """See `Engine.work`."""
        work.progress(FIRST, 0, 1, {})
        work.first()
        plan: Plan | None = work.plan
        while plan is not None:
            missing = work.begin(plan)
            for number, step in enumerate(missing, start=len(plan.steps) - len(missing) + 1):
                work.check()
                work.progress(step.title, 0, 1, {})
                perform(step, work.context, work.progress, self._waiting(step, work))
                work.say_done(step, number, len(plan.steps))
            plan = work.again()

    def _waiting(self, step: Step, work: Work) -> Callable[[Holder], None]:
        return lambda holder: work.announce(f"{step.title}: waiting for {holder}, which is at it")


class InThisProcess:
    """The engine of this process, for any study."""

    def __call__(self, folder: Path, announce: Callable[[str], None]) -> Engine:
        """See `Engines`."""
        return Here()

    def close(self) -> None:
        """Nothing is left to do."""


IN_THIS_PROCESS = InThisProcess()

"""The steps of a study on the workers of a scheduler."""

import queue
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from distributed import Client, Future

from pleura.engine.arrivals import Arrivals
from pleura.engine.beside import Beside
from pleura.engine.settings import GPU
from pleura.engine.task import ask, write_context
from pleura.engine.todo import Todo
from pleura.engine.view import View
from pleura.engine.worker import TOPIC, do
from pleura.errors import PleuraError
from pleura.study.folder import record_machine, record_side_by_side
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.listed import kind_of
from pleura.study.work import FIRST, Work

LOOK_SECONDS = 1.0
ARRIVAL_SECONDS = 60.0  # after which the record of a step must be seen on a shared disk
ANSWER_SECONDS = 10.0  # that an answer may take which is there
LAST_SECONDS = 10.0  # in which what runs beside the steps may end, where these have failed
LOSSES = 3  # workers that a step may take with it in a row without having gone on


class Cluster:
    """Does steps on all workers that a scheduler has, one at a time on each.

    `connect` gives the connection; `look` is called about once a second with the number of steps
    that are done. `threads` are those of each training, None where workers say it themselves. `own`
    is how many workers of this machine there will be, 0 where nobody knows who comes.
    """

    def __init__(
        self,
        connect: Callable[[], Client],
        look: Callable[[int], None] = lambda done: None,
        threads: int | None = None,
        own: int = 0,
    ) -> None:
        self.connect, self.look, self.threads, self.own = connect, look, threads, own

    def work(self, work: Work) -> None:
        """See `Engine.work`."""
        _Run(work, self.connect(), self.look, self.own).to_the_end()


@dataclass(frozen=True)
class _Given:
    """A step that a worker was given; `done` of it before, by what its progress said."""

    step: Step
    worker: str
    host: str
    done: int


class _Run:
    def __init__(self, work: Work, client: Client, look: Callable[[int], None], own: int) -> None:
        self.work, self.client, self.look = work, client, look
        self.steps = work.context.steps
        self.context = write_context(work.context)
        self.over: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self.given: dict[Future[Any], _Given] = {}
        self.unfit: dict[str, set[str]] = {}  # machines that could not, by step
        self.losses: dict[str, int] = {}
        self.most = 1  # steps side by side
        self.view = View(work.progress, work.announce)
        self.workers: Mapping[str, Any] = {}  # what the scheduler knows of each, by address
        self.arrivals = Arrivals(own)
        client.subscribe_topic(TOPIC, lambda event: self.view.hear(event[1]))
        self.take(work.plan)
        self.first = Beside(work.first)

    def take(self, plan: Plan) -> None:
        """Take a plan: what of it is missing, and what waits for what."""
        self.plan = plan
        self.todo = Todo(self.work.begin(plan))

    def to_the_end(self) -> None:
        """Do what is missing, and what plans made anew want."""
        try:
            while True:
                self.workers = self.client.scheduler_info(n_workers=-1)["workers"]
                self.arrivals.see(self.workers)
                self.give()
                if self.given or self.todo or not self.first.has_ended():
                    self.wait()
                elif not self.again():
                    return
        except BaseException as error:
            with suppress(Exception):  # as where the scheduler is gone, which ends the steps, too
                self.client.cancel(list(self.given), force=True)
            if (reason := self.first.reason(error, LAST_SECONDS)) is not error:
                raise reason from error
            raise

    def again(self) -> bool:
        """Plan again; whether there is anything to do."""
        plan = self.work.again()
        if plan is not None:
            self.take(plan)
        return plan is not None

    def give(self) -> None:
        """Give each worker that is free a step that can be done now.

        One that meets the test part waits until this process has found no fault of the images for
        which the study is refused. One that needs a machine alone waits until no other is left that
        can be done, too, and no worker is loading its packages; nothing is given out beside it.
        Where some worker has a GPU, steps that need a device go to such.
        """
        looked = self.first.has_ended()
        busy = {given.worker for given in self.given.values()}
        under_way = {given.step.key for given in self.given.values()}
        if any(kind_of(given.step).needs == "alone" for given in self.given.values()):
            return
        free = [worker for worker in self.workers if worker not in busy]
        has_gpu = {at for at, its in self.workers.items() if its["resources"].get(GPU)}
        alone = []
        for step in self.todo.ready():
            if not free:
                return
            if step.key in under_way or (kind_of(step).meets_test and not looked):
                continue
            needs = kind_of(step).needs
            if needs == "alone":
                alone.append(step)
                continue
            fit = self.fit(step, free, has_gpu if needs == "device" else set())
            if not has_gpu.isdisjoint(fit) and needs != "device":  # those without come first
                fit = sorted(fit, key=lambda worker: worker in has_gpu)
            if fit:
                chosen = min(fit, key=self.beside)
                free.remove(chosen)
                self.ask(step, chosen)
        if not alone or self.given or not looked or not self.arrivals.are_over:
            return
        if fit := self.fit(alone[0], free, has_gpu):
            self.ask(alone[0], fit[0])

    def beside(self, worker: str) -> int:
        """How many workers are at work on the GPU of one."""
        gpu = self.gpu_of(worker)
        return sum(self.gpu_of(given.worker) == gpu for given in self.given.values()) if gpu else 0

    def gpu_of(self, worker: str) -> tuple[str, ...]:
        """Which GPU of which machine a worker has; empty for one without."""
        its = self.workers.get(worker, {"resources": {}})
        named = sorted(name for name in its["resources"] if name.startswith(f"{GPU} "))
        return (its["host"], *named) if named else ()

    def fit(self, step: Step, free: list[str], devices: set[str]) -> list[str]:
        """Those of the `free` workers that can do a step: with a device where there are some, and
        on a machine that has not failed to, unless all have."""
        fit = [worker for worker in free if not devices or worker in devices]
        elsewhere = self.elsewhere(step)
        return [worker for worker in fit if worker in elsewhere] if elsewhere else fit

    def elsewhere(self, step: Step) -> set[str]:
        """The workers on machines that have not failed to do a step."""
        unfit = self.unfit.get(step.key, set())
        return {worker for worker, its in self.workers.items() if its["host"] not in unfit}

    def ask(self, step: Step, worker: str) -> None:
        """Ask a worker for a step."""
        future = self.client.submit(
            do,
            ask(step, self.context),
            # Each time another, as what was given up may still be known.
            key=(step.title, step.key, uuid.uuid4().hex),
            pure=False,
            workers=[worker],
        )
        host = self.workers[worker]["host"]
        self.given[future] = _Given(step, worker, host, self.view.done_of(step))
        future.add_done_callback(self.over.put)
        if len(self.given) > self.most:
            self.most = len(self.given)
            record_side_by_side(self.work.context.out, self.most)

    def wait(self) -> None:
        """Wait until a step is done, or for a second."""
        self.work.check()
        beside = "" if self.first.has_ended() else FIRST
        waits = bool(beside) and not self.given
        done = len(self.plan.steps) - len(self.todo)
        self.look(done)
        self.work.tell({"workers": len(self.workers)})
        if waits and (self.workers or not self.todo):
            self.work.progress(FIRST, 0, 1, {})
        else:
            steps = [given.step for given in self.given.values()]
            self.view.show(steps, done, len(self.plan.steps), len(self.workers), beside)
        if waits:
            self.first.wait(LOOK_SECONDS)
        try:
            future = self.over.get(timeout=0.0 if waits else LOOK_SECONDS)
            while True:
                if future in self.given:
                    self.finish(future, self.given.pop(future))
                future = self.over.get_nowait()
        except queue.Empty:
            pass
        for future, given in list(self.given.items()):
            if given.worker not in self.workers:
                del self.given[future]
                future.cancel(force=True)
                self.lost(given)
        if self.plan.open and len(self.given) < len(self.workers):
            self.search()

    def search(self) -> None:
        """Where a search goes on and workers wait, see what it wants now."""
        plan = self.work.again()
        if plan is None:
            return
        known = {step.key for step in self.plan.steps}
        under_way = {given.step.key for given in self.given.values()}
        forgotten = any(
            step.key not in self.todo and step.key not in under_way
            for step in plan.missing(self.steps)
        )
        if forgotten or {step.key for step in plan.steps} != known:
            self.take(plan)

    def finish(self, future: "Future[Any]", given: _Given) -> None:
        """Take the answer to a step. Raises PleuraError where it cannot be done."""
        step = given.step
        try:
            if future.status != "finished":
                raise TimeoutError
            said = future.result(timeout=ANSWER_SECONDS)
        except Exception as error:  # it went with the worker that had it, or with the scheduler
            if future.status == "error":  # before the worker could answer at all
                raise PleuraError(f"{step.title}: {future.exception(timeout=1)!r}") from error
            if self.client.status != "running":
                raise PleuraError(f"{step.title}: the scheduler is gone") from None
            if not step.is_ready(self.steps):
                self.lost(given)
                return
            said = {"done": True}
        if said.get("full"):
            self.unfit.setdefault(step.key, set()).add(given.host)
            if self.elsewhere(step):
                self.work.announce(f"{step.title}: {said['error']} on {said['host']}; elsewhere")
                return
        if not said["done"]:
            raise PleuraError(f"{step.title}: on {said['host']}: {said['error']}")
        self.see(step)
        self.todo.done(step, self.steps)
        if "machine" in said:
            record_machine(self.work.context.out, said["machine"], self.work.announce)
        self.work.say_done(step, len(self.plan.steps) - len(self.todo), len(self.plan.steps))

    def lost(self, given: _Given) -> None:
        """Record that a worker has ended during a step; another worker goes on with the step.

        Raises PleuraError where more than `LOSSES` workers in a row have ended during the step
        without any progress of it.
        """
        step = given.step
        went_on = self.view.done_of(step) > given.done
        self.view.lose(step)
        self.losses[step.key] = 1 if went_on else self.losses.get(step.key, 0) + 1
        if self.losses[step.key] > LOSSES:
            raise PleuraError(
                f"{step.title}: {LOSSES + 1} workers ended one after another while they were at "
                "it; a likely cause is too little memory; all other finished steps are kept"
            )

    def see(self, step: Step) -> None:
        """Wait until a step that is done is seen to be: a shared disk may be late."""
        began = time.monotonic()
        while not step.is_ready(self.steps):
            if time.monotonic() - began > ARRIVAL_SECONDS:
                raise PleuraError(
                    f"{step.folder(self.steps)}: is missing, although a worker has written it; "
                    "all machines of a cluster need the study's folder on a disk that they share"
                )
            time.sleep(0.05)

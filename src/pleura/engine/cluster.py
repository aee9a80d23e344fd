"""The steps of a study on the workers of a scheduler."""

import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from distributed import Client, Future, KilledWorker

from pleura.engine.task import ask, read_answer, write_context
from pleura.engine.view import View
from pleura.engine.worker import TOPIC, do
from pleura.errors import PleuraError
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.listed import kind_of
from pleura.study.work import Work

LOOK_SECONDS = 1.0
ARRIVAL_SECONDS = 60.0  # after which the record of a step must be seen on a shared disk
TRIES = 3  # machines that may fail to read or write the files of a step


class Cluster:
    """Does steps on all workers that a scheduler has, as many at a time as there are workers.

    `connect` gives the connection; `look` is called about once a second with the number of steps
    that are done.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Client]],
        look: Callable[[int], None] = lambda done: None,
    ) -> None:
        self.connect, self.look = connect, look

    def work(self, work: Work) -> None:
        """See `Engine.work`."""
        with self.connect() as client:
            _Run(work, client, self.look).to_the_end()


class _Run:
    def __init__(self, work: Work, client: Client, look: Callable[[int], None]) -> None:
        self.work, self.client, self.look = work, client, look
        self.steps = work.context.steps
        self.context = write_context(work.context)
        self.over: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self.running: dict[Future[Any], Step] = {}
        self.failed_at: dict[str, list[str]] = {}  # machines that could not, by step
        self.view = View(work.progress, work.announce)
        client.subscribe_topic(TOPIC, lambda event: self.view.hear(event[1]))
        self.take(work.plan)

    def take(self, plan: Plan) -> None:
        """Take a plan: what of it is missing, and what waits for what."""
        self.plan = plan
        self.missing = {step.key: step for step in self.work.begin(plan)}
        self.searched = True  # nothing was found out since it was made

    def to_the_end(self) -> None:
        """Do what is missing, and what plans made anew want."""
        try:
            while True:
                self.start()
                if not self.running and not self.again():
                    return
                self.wait()
        except BaseException:
            self.client.cancel(list(self.running), force=True)
            raise

    def again(self) -> bool:
        """Plan again; whether there is anything to do."""
        if self.missing:
            return True
        plan = self.work.again()
        if plan is None:
            return False
        self.take(plan)
        return True

    def start(self) -> None:
        """Hand out every step that can be done now; one that needs a machine alone, where no other
        step is left that can."""
        under_way = {step.key for step in self.running.values()}
        ready = [step for step in self.ready() if step.key not in under_way]
        alone = [step for step in ready if kind_of(step).needs == "alone"]
        for step in ready:
            if step not in alone:
                self.hand_out(step)
        if alone and not self.running:
            self.hand_out(alone[0])

    def ready(self) -> Iterator[Step]:
        """The missing steps whose parents are done."""
        if any(kind_of(step).needs == "alone" for step in self.running.values()):
            return
        for step in self.missing.values():
            if not any(parent.key in self.missing for parent in step.parents):
                yield step

    def hand_out(self, step: Step) -> None:
        """Ask for a step."""
        others = self.others(step)
        future = self.client.submit(
            do,
            ask(step, self.context),
            key=(step.title, step.key),
            pure=False,
            resources=self.resources(step),
            workers=others or None,
        )
        self.running[future] = step
        future.add_done_callback(self.over.put)

    def resources(self, step: Step) -> Mapping[str, float]:
        """A device for steps that need one, where some worker has one."""
        if kind_of(step).needs != "device":
            return {}
        has_gpu = any(worker["resources"].get("GPU") for worker in self.workers().values())
        return {"GPU": 1} if has_gpu else {}

    def workers(self) -> Mapping[str, Any]:
        """What the scheduler knows of its workers, by address."""
        known: Mapping[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return known

    def others(self, step: Step) -> list[str]:
        """Where there are machines that could not do the step, the workers of the others."""
        bad = self.failed_at.get(step.key)
        if not bad:
            return []
        return [at for at, worker in self.workers().items() if worker["host"] not in bad]

    def wait(self) -> None:
        """Wait until a step is done, or for a second."""
        self.work.check()
        done = len(self.plan.steps) - len(self.missing)
        self.look(done)
        at_work = len(self.workers())
        self.view.show(list(self.running.values()), done, len(self.plan.steps), at_work)
        try:
            future = self.over.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            return
        self.finish(future, self.running.pop(future))
        if self.plan.open and len(self.running) < len(self.workers()):
            self.search()

    def search(self) -> None:
        """Where a search goes on and workers wait, see what it wants now."""
        plan = self.work.again()
        if plan is not None and {s.key for s in plan.steps} != {s.key for s in self.plan.steps}:
            self.take(plan)

    def finish(self, future: Future[Any], step: Step) -> None:
        """Take the answer to a step. Raises PleuraError where it cannot be done."""
        if future.status != "finished":
            raise PleuraError(f"{step.title}: {_why(future)}")
        said = future.result()
        done, full, error = read_answer(said)
        if full and len(bad := self.failed_at.setdefault(step.key, [])) < TRIES:
            bad.append(str(said["host"]))
            if self.others(step):
                self.work.announce(f"{step.title}: {error} on {said['host']}; tried elsewhere")
                return
        if not done:
            raise PleuraError(f"{step.title}: on {said['host']}: {error}")
        self.see(step)
        self.missing.pop(step.key, None)  # a plan made anew may want it no more
        self.view.tell_kind(said["machine"])
        self.work.say_done(step, len(self.plan.steps) - len(self.missing), len(self.plan.steps))

    def see(self, step: Step) -> None:
        """Wait until a step that is done is seen to be: a shared disk may be late."""
        began = time.monotonic()
        while not step.is_ready(self.steps):
            if time.monotonic() - began > ARRIVAL_SECONDS:
                raise PleuraError(
                    f"{step.folder(self.steps)}: is not there, though a worker has written it; "
                    "all machines of a cluster need the study's folder on a disk that they share"
                )
            time.sleep(0.05)


def _why(future: Future[Any]) -> str:
    if future.status == "cancelled":
        return "the scheduler is gone"
    error = future.exception()
    if isinstance(error, KilledWorker):
        return (
            "several workers ended while they were at it, as where memory does not suffice; what "
            "else is done stays"
        )
    return str(error)

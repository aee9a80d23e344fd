"""One view of all workers: what each does, how many steps are left, and the time to the end."""

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

from pleura.progress import Work
from pleura.study.context import Progress
from pleura.study.status import WAITING
from pleura.study.step import Step
from pleura.wording import count


class View:
    """Shows what all workers do by a study's `progress`; what stays is announced."""

    def __init__(self, progress: Progress, announce: Callable[[str], None]) -> None:
        self.progress, self.announce = progress, announce
        self.at_work: dict[str, Work] = {}  # by key of the step
        self.lock = threading.Lock()  # what workers say comes from another thread

    def hear(self, said: Mapping[str, Any]) -> None:
        """Take note of how far a worker says that a step is."""
        with self.lock:
            work = self.at_work.get(said["step"])
            if work is None or work.what != said["what"]:
                work = self.at_work[said["step"]] = Work(said["what"])
            work.see(said["done"], said["total"], said["figures"])

    def done_of(self, step: Step) -> int:
        """How much of a step was done when a worker last said so."""
        with self.lock:
            return self.at_work[step.key].done if step.key in self.at_work else 0

    def lose(self, step: Step) -> None:
        """Take note that nobody is at a step any more, until another worker goes on with it."""
        with self.lock:
            if step.key in self.at_work:
                self.at_work[step.key].pause()

    def show(
        self, running: Collection[Step], done: int, total: int, workers: int, beside: str = ""
    ) -> None:
        """Show the steps that are under way; `done` of `total` are. `beside` is what this process
        does meanwhile.

        Where there are no workers that is a work of its own, so that no time left counts it.
        """
        if not workers:
            self.progress(WAITING, done, total, {})
            return
        with self.lock:
            parts = [str(self.at_work.get(step.key, step.title)) for step in running]
        parts.append(count(workers, "worker"))
        parts += [beside] if beside else []
        self.progress("\n".join(["steps", *parts]), done, total, {})

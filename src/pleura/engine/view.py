"""One view of all workers: what each does, how many steps are left, and the time to the end."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pleura.progress import Work
from pleura.study.context import Progress
from pleura.study.step import Step
from pleura.wording import count

KINDS = ("system", "instructions", "device")  # what tells kinds of machines apart


class View:
    """Shows what all workers do by a study's `progress`; what stays is announced."""

    def __init__(self, progress: Progress, announce: Callable[[str], None]) -> None:
        self.progress, self.announce = progress, announce
        self.at_work: dict[str, Work] = {}  # by title of the step
        self.machines: set[str] = set()

    def hear(self, said: Mapping[str, Any]) -> None:
        """Take note of how far a worker says that a step is."""
        title = str(said["what"])
        self.at_work.setdefault(title, Work(title)).see(
            said["done"], said["total"], said["figures"]
        )

    def show(self, running: Collection[Step], done: int, total: int, workers: int) -> None:
        """Show the steps that are under way; `done` of `total` are."""
        titles = [step.title for step in running]
        self.at_work = {title: it for title, it in self.at_work.items() if title in titles}
        parts = [str(self.at_work[title]) for title in titles if title in self.at_work]
        parts.append(count(workers, "worker") if workers else "waiting for workers")
        self.progress("\n".join(["steps", *parts]), done, total, {})

    def tell_kind(self, machine: Mapping[str, str]) -> None:
        """Tell where workers run on machines of different kinds."""
        kind = ", ".join(machine[name] for name in KINDS)
        if self.machines and kind not in self.machines:
            others = " and ".join(sorted(self.machines))
            self.announce(
                f"note: workers are machines of different kinds: {others}, and {kind}. The same "
                "training may differ in rounding on them"
            )
        self.machines.add(kind)

"""One view of all workers: what each does, what is left."""

import time
from collections.abc import Collection, Mapping
from typing import Any

from pleura.progress import Work as Shown
from pleura.study.context import Progress
from pleura.study.step import Step
from pleura.wording import count

SILENT_SECONDS = 25.0


class View:
    """Shows what all workers do by a study's `progress`, and by lines (`announce`) now and then."""

    def __init__(self, progress: Progress, announce: Any) -> None:
        self.progress, self.announce = progress, announce
        self.shown: dict[str, Shown] = {}  # by worker
        self.said = time.monotonic()
        self.machines: set[str] = set()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take note of what a worker says."""
        worker = str(event["worker"])
        if worker not in self.shown or self.shown[worker].what != event["what"]:
            self.shown[worker] = Shown(event["what"])
        self.shown[worker].see(event["done"], event["total"], event["figures"])

    def show(self, running: Collection[Step], left: int, workers: int) -> None:
        """Show the steps that are under way; `left` steps are not done."""
        titles = {step.title for step in running}
        at_work = [it for it in list(self.shown.values()) if it.what in titles]
        what = f"{count(workers, 'worker')}, {count(left, 'step')} left"
        if not workers:
            what = "waiting for workers"
        self.progress(what, 0, 1, {})
        if time.monotonic() - self.said > SILENT_SECONDS:
            self.said = time.monotonic()
            for each in at_work:
                self.announce(str(each))

    def machine(self, said: Mapping[str, str]) -> None:
        """Tell where workers run on machines of different kinds."""
        kind = ", ".join(f"{said[name]}" for name in ("system", "instructions", "device"))
        if self.machines and kind not in self.machines:
            others = " and ".join(sorted(self.machines))
            self.announce(
                f"note: workers are of different kinds: {kind}; {others}. Results of the same step "
                "may differ in rounding"
            )
        self.machines.add(kind)

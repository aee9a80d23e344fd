"""Which steps are to be done, and which of them can be done now."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pleura.study.step import Step


class Todo:
    """The missing steps of a plan, in its order: each can be done once its parents are.

    Its length is the number of steps that are not done.
    """

    def __init__(self, missing: Iterable[Step]) -> None:
        self._steps = {step.key: step for step in missing}
        self._waits_for: dict[str, int] = {}
        self._children: dict[str, list[str]] = {}
        for key, step in self._steps.items():
            parents = [parent.key for parent in step.parents if parent.key in self._steps]
            self._waits_for[key] = len(parents)
            for parent in parents:
                self._children.setdefault(parent, []).append(key)
        order = {key: at for at, key in enumerate(self._steps)}
        self._order = order
        self._ready = {key for key, number in self._waits_for.items() if not number}

    def __len__(self) -> int:
        return len(self._steps)

    def __contains__(self, key: object) -> bool:
        return key in self._steps

    def ready(self) -> Iterator[Step]:
        """The steps that can be done now, in the order of the plan."""
        for key in sorted(self._ready, key=self._order.__getitem__):
            yield self._steps[key]

    def done(self, step: Step, steps: Path) -> None:
        """Take note that a step was done, in the folder of `steps`, unless a plan made since wants
        more of it."""
        mine = self._steps.get(step.key)
        if mine is None or not mine.is_ready(steps):
            return
        del self._steps[step.key]
        self._ready.discard(step.key)
        for child in self._children.pop(step.key, ()):
            self._waits_for[child] -= 1
            if not self._waits_for[child]:
                self._ready.add(child)

"""A plan: steps in an order in which they can run; and weights as a key knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pleura.files import digest_unchanged
from pleura.models.sources.fetch import fetch
from pleura.models.sources.listed import AT, find_named
from pleura.study.sections import STARTS
from pleura.study.step import Step


@dataclass(frozen=True)
class Plan:
    """All steps in an order in which they can run.

    `open` tells that a search must end before the plan can be made to its end; `choices` are the
    rows of curriculum.csv, what searches for a curriculum have tried.
    """

    steps: tuple[Step, ...]
    open: bool
    choices: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Step]]:
        by_kind: dict[str, list[Step]] = {}
        for step in self.steps:
            by_kind.setdefault(step.kind, []).append(step)
        return by_kind

    def of(self, kind: str) -> tuple[Step, ...]:
        """The steps of a kind."""
        return tuple(self._by_kind.get(kind, ()))

    @property
    def learned_before(self) -> tuple[Step, ...]:
        """The segmentations among the study's `steps`, which the recipes go on from."""
        return tuple(step for step in self.steps if "material" in step.places)

    def missing(self, folder: Path) -> tuple[Step, ...]:
        """Steps that are not finished in the folder of steps."""
        return tuple(step for step in self.steps if not step.is_done(folder))


def add_to(steps: dict[str, Step], step: Step) -> None:
    """Add a step to a plan, after all that it stands on; of one that is there add the outputs."""
    for parent in step.parents:
        add_to(steps, parent)
    there = steps.setdefault(step.key, step)
    if more := tuple(name for name in step.outputs if name not in there.outputs):
        steps[step.key] = replace(there, outputs=(*there.outputs, *more))


def weights_key(weights: str) -> dict[str, str]:
    """Weights as a key knows them: those of a file by their contents, wherever it lies.

    Published weights by name must be here, or be fetched now; raises as `fetch` does.
    """
    if weights in STARTS:
        return {"weights": weights}
    if named := find_named(weights):
        found = fetch(named.source, named.file)
        return {"weights": named.source.name, "weights_digest": found.sha256}
    return {
        "weights": Path(weights).name,
        "weights_digest": digest_unchanged(Path(weights)),
    }


def places_of(weights: str) -> dict[str, str]:
    """Where the file of weights lies that the key knows, for the step's `places`; nothing for those
    without a file. Raises as `weights_key` does.

    Of published weights it is always NAME@FILE: another process that looked for the file by its
    name might find another one.
    """
    if weights in STARTS:
        return {}
    if named := find_named(weights):
        file = fetch(named.source, named.file).file
        return {"weights": f"{named.source.name}{AT}{file}"}
    return {"weights": weights}

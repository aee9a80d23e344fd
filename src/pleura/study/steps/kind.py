"""The contract of a kind of step: how a step is done, what it leaves, needs and costs."""

import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import pandas as pd

from pleura.files import write_atomically
from pleura.study.context import Context, Progress
from pleura.study.prepared import Prepared
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.versions import Part, versions_of
from pleura.tables import write_table

PANELS = "panels"
Needs = Literal["nothing", "device", "alone"]


class Kind(ABC):
    """One kind of step.

    `version` is part of the key of every step of the kind: it is raised where the same spec gives
    another result, so that finished steps are done again. `parts` are what else pleura does in such
    a step, each with a version of its own. Every step of it writes `files` into its
    folder; of these `table` is put together in the study's folder. `leaves` are the patterns of
    what `collect` writes there, which is deleted where a plan has no such step. `needs` says what
    a step must have while it is done: a `device` of its own, the whole machine `alone`, or neither.
    `meets_test` says that a step shows or judges answers about test images, so that it waits until
    it is known that the images have no fault for which the study is refused.
    `weights` is the one of `files` that only evaluation and later trainings read, so that it can be
    dropped where another trial was better.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    parts: ClassVar[tuple[Part, ...]] = ()
    files: ClassVar[tuple[str, ...]] = ()
    table: ClassVar[str] = ""
    leaves: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[Needs] = "nothing"
    meets_test: ClassVar[bool] = False
    weights: ClassVar[str] = ""

    def versions(self, spec: Mapping[str, Any]) -> dict[str, int]:
        """All versions that a step with this spec hangs on, besides those that its parents do."""
        return {f"step {self.name}": self.version} | versions_of(self.parts, spec)

    @abstractmethod
    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Do the step and mark it as done; `progress` hears how far it is."""

    def describe(self, step: Step, result: Mapping[str, Any]) -> str:
        """What is said of a step that is done, after its title."""
        return ""

    def milliseconds(self, step: Step, prepared: Prepared) -> float:
        """How long a step takes at most on this machine, as far as networks are at work in it."""
        return 0.0

    def seconds(self, step: Step, reader: Step | None, context: Context) -> Mapping[str, float]:
        """Seconds that a finished step took, by names of the work in it; only what `reader`, a step
        that stands on this one, has read of it."""
        return {step.key: step.result(context.steps)["seconds"]}

    def collected(self, plan: Plan) -> Sequence[Step]:
        """The steps of a plan that `collect` looks at."""
        return plan.of(self.name)

    def collect(self, plan: Plan, context: Context) -> None:
        """Put what the finished steps of a plan have found together in the study's folder."""
        if self.table:
            put_together(self.collected(plan), self.table, context)

    def weights_given(self, step: Step, context: Context) -> list[Step]:
        """The trainings whose weights a later step reads that stands on this one."""
        return [step] if self.weights else []

    def reads_weights_of(self, step: Step, context: Context) -> Sequence[Step]:
        """Those of its parents whose `weights_given` a step reads, as far as is known by now."""
        return step.parents


class TableKind(Kind):
    """A kind of which every step is a table, the first of its `files`; a column `file` of it names
    pictures beside it, where it is not empty."""

    @abstractmethod
    def tabulate(self, step: Step, context: Context, progress: Progress) -> pd.DataFrame:
        """The table of a step."""

    def perform(self, step: Step, context: Context, progress: Progress) -> None:
        """Write the table."""
        begun = time.monotonic()
        table = self.tabulate(step, context, progress)
        write_table(step.folder(context.steps) / self.files[0], table)
        pictures = filter(None, table.get("file", ()))
        result = {"seconds": time.monotonic() - begun}
        step.finish(context.steps, result, *self.files, *pictures)


def put_together(steps: Sequence[Step], table: str, context: Context, place: str = "") -> None:
    """Write the tables of finished steps, one after another, into `place` of the study's folder.

    Cells are copied as they are written.
    """
    tables = [
        pd.read_csv(step.folder(context.steps) / table, dtype=str, keep_default_na=False)
        for step in steps
    ]
    write_table(context.out / place / table, pd.concat(tables, ignore_index=True))


def put_pictures(steps: Sequence[Step], table: str, stale: str, context: Context) -> None:
    """Put tables together in `panels` of the study's folder, with the pictures that their column
    `file` names; those of earlier runs, the pattern `stale`, are deleted."""
    panels = context.out / PANELS
    for picture in panels.glob(stale):
        picture.unlink()
    for step in steps:
        folder = step.folder(context.steps)
        shown = pd.read_csv(folder / table, dtype=str, keep_default_na=False)["file"]
        for name in filter(None, shown):
            with write_atomically(panels / name) as temporary:
                shutil.copyfile(folder / name, temporary)
    put_together(steps, table, context, PANELS)

"""A study from file to report: run what is missing, collect.

What only a finished study needs, tables and the report, is imported then: a plan waits for neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from pleura.errors import InputError, PleuraError
from pleura.study.attempt import clear_attempts
from pleura.study.context import Progress, quiet
from pleura.study.folder import record_environment, undo_damaged
from pleura.study.masker import masker_study, with_masker, without_masker_study
from pleura.study.prepare import alone_in, prepare
from pleura.study.prepared import Prepared
from pleura.study.result import Result as Result
from pleura.study.section_reader import Announce
from pleura.study.step_graph import Plan
from pleura.study.study_base import StudyBase
from pleura.study.study_files import make_study, read_study
from pleura.study.work import IN_THIS_PROCESS, Engines, Work
from pleura.tasks.selfsup.processes import help_out
from pleura.train.devices import Devices
from pleura.train.nodes import meet


class Study:
    """One question, and the recipes compared on it."""

    def __init__(self, file: StudyBase) -> None:
        self.file = file

    @classmethod
    def from_file(
        cls, path: str | Path, changes: Sequence[str] = (), *, quick: bool = False
    ) -> "Study":
        """Read a study file, or its quick variant; `changes` are `key.key=value`.

        Raises InputError that lists everything wrong in the file.

        >>> study = Study.from_file("my_study.yaml", ["training.epochs=2"])
        >>> study.file.training.epochs
        2
        """
        return cls(read_study(Path(path), changes, quick=quick))

    @classmethod
    def from_objects(cls, content: Mapping[str, Any]) -> "Study":
        """A study from a mapping with the keys of a study file; paths from the current folder.

        Raises InputError that lists everything wrong in it.

        >>> lite = {"backbone": "tf_efficientnet_lite0"}
        >>> frozen = {**lite, "strategy": "feature_extraction"}
        >>> study = Study.from_objects({
        ...     "question": "Which pneumonia does the X-ray show?",
        ...     "data": {"manifest": "images.csv", "size": 96},
        ...     "split": {"test": 0.2, "validation": 0.2},
        ...     "reference": "fine-tuning",
        ...     "recipes": {"fine-tuning": lite, "frozen": frozen},
        ... })
        >>> list(study.file.recipes)
        ['fine-tuning', 'frozen']
        """
        return cls(make_study(content, where="study", relative_to=Path.cwd()))

    def prepare(
        self, out: str | Path, *, progress: Progress = quiet, announce: Announce = quiet
    ) -> Prepared:
        """Read, check, decode and split the data, measure the networks, plan the steps.

        A study that trains this one's lung masker is planned, but not run; until it has, the lungs
        have no part in this plan.
        Raises InputError for weights that do not fit, and one that lists all that is wrong with
        the data; PleuraError where another run is at work in the folder.

        >>> prepared = Study.from_file("my_study.yaml").prepare("runs/my_study")
        >>> len(prepared.plan.missing(prepared.context.steps))  # the study has been run
        0
        """
        folder = Path(out).resolve()
        with alone_in(folder, announce):
            before = masker_study(self.file, folder)
            if before is None or before.is_finished():
                file = with_masker(self.file, before.model) if before else self.file
                return prepare(file, folder, progress, announce, keep=False)
            with before.named():
                masker = Study(before.file).prepare(
                    before.folder, progress=progress, announce=_under(before.name, announce)
                )
            first = before.first(masker)
            announce(first)
            file = without_masker_study(self.file)
            lungs = self.file.lungs
            own = prepare(file, folder, progress, announce, keep=False, lungs=lungs)
            return replace(own, first=first)

    def run(
        self,
        out: str | Path,
        *,
        devices: int = 1,
        nodes: int = 1,
        engine: Engines = IN_THIS_PROCESS,
        progress: Progress = quiet,
        announce: Announce = quiet,
    ) -> Result:
        """Run what is missing and write the tables and the report into the folder `out`.

        Pretraining without labels runs on `devices` devices of each of `nodes` machines, which
        share a disk and have started this together (see `pleura.train.nodes.meet`).

        Steps are done in this process, unless `engine` makes another engine for the study's folder,
        such as `pleura.engine.listed.Workers`.

        A study that trains this one's lung masker (`data.lungs.study`) is run first, in a folder
        beside `out`, unless it is finished.

        A step that is finished is never run again, unless its files were cut short since; a
        training that was cut off goes on from its last checkpoint. Raises PleuraError where another
        run is at work in the same folder, and for a full disk or the like.

        >>> result = Study.from_file("my_study.yaml").run("runs/my_study")
        >>> result.folder.name
        'my_study'
        """
        if torch.cuda.is_available() and devices > torch.cuda.device_count():
            here = torch.cuda.device_count()
            raise InputError(
                f"--devices {devices}: there {'is' if here == 1 else 'are'} {here} here"
            )
        if (nodes > 1 or devices > 1) and engine is not IN_THIS_PROCESS:
            raise InputError(
                "--devices and --nodes: share each pretraining among devices and machines, which "
                "--workers and --cluster cannot; give one of them"
            )
        try:
            if nodes == 1:
                return self._run(Path(out), Devices(devices), engine, progress, announce)
            with meet(nodes) as machines:
                every = Devices(devices, machines)
                if machines.rank == 0:
                    return self._run(Path(out), every, engine, progress, announce)
                help_out(every, announce)
                return Result(Path(out).resolve())
        finally:
            engine.close()

    def _run(
        self,
        out: Path,
        devices: Devices,
        engines: Engines,
        progress: Progress,
        announce: Announce,
    ) -> Result:
        folder = out.resolve()
        with alone_in(folder, announce) as lease:
            engine = engines(folder, announce)
            file = self._with_masker(folder, engines, progress, announce)
            prepared = prepare(file, folder, progress, announce, keep=True, devices=devices)
            if engine.threads:
                own = replace(prepared.context, threads=engine.threads)
                prepared = replace(prepared, context=own)
            from pleura.study.audit import audit
            from pleura.study.dropped import undo_dropped
            from pleura.study.estimate import time_of
            from pleura.study.outputs import collect

            def undo() -> bool:
                """Forget what is damaged or needed again; whether anything is to do."""
                plan, context = prepared.plan, prepared.context
                undo_damaged(plan.steps, context.steps, announce)
                undo_dropped(plan, prepared.study, context, announce)
                return bool(plan.missing(context.steps))

            def first() -> None:
                """Look for faults of the images, and load what the end needs."""
                audit(prepared.context, announce, file.split, check)
                import pleura.report.page  # noqa: F401

            record_environment(prepared.context, announce, at_work=undo())
            if prepared.budget:
                announce("\n".join(prepared.budget.told()))
            if missing := prepared.plan.missing(prepared.context.steps):
                announce(time_of(missing, prepared))

            def again() -> Plan | None:
                """The plan made anew, where a search goes on or something is needed again."""
                nonlocal prepared
                if not (prepared.plan.open or undo()):
                    return None
                prepared = replace(prepared, plan=prepared.plan_on())
                undo()
                return prepared.plan

            def check() -> None:
                """Stop where this process was away for so long that another has taken over."""
                if not lease.holds():
                    raise PleuraError(f"{folder}: another run has taken this folder over")

            plan, context = prepared.plan, prepared.context
            engine.work(Work(plan, context, progress, announce, again, check, lease.tell, first))
            lease.tell({})

            check()
            clear_attempts(prepared.plan.steps, prepared.context)
            progress("putting the tables together", 0, 1, {})
            asked = prepared.budget.applied(self.file) if prepared.budget else self.file
            collect(asked, prepared)
            result = Result(folder)
            if (model := folder / "best").exists():
                announce(f"model: {model}")
            if (model := folder / "best_pixels").exists():
                announce(f"better on validation, a pixel baseline as a model: {model}")
            check()
            progress("writing the report", 0, 1, {})
            announce(f"report: {result.report()}")
        return result

    def _with_masker(
        self, folder: Path, engines: Engines, progress: Progress, announce: Announce
    ) -> StudyBase:
        """The study with its lung masker, which is trained first where it is not there yet."""
        before = masker_study(self.file, folder)
        if before is None:
            return self.file
        if not before.is_finished():
            announce(f"first: {before.name}, which trains the lung masker in {before.folder}")
            with before.named():
                one, own = Devices(), _under(before.name, announce)
                Study(before.file)._run(before.folder, one, engines, progress, own)
        return with_masker(self.file, before.model)


def _under(name: str, announce: Announce) -> Announce:
    """Announce under the name of another study."""
    return lambda line: announce(f"{name}: {line}")

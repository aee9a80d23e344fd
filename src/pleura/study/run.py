"""A study from file to report: run what is missing, collect.

What only a finished study needs, tables and the report, is imported then: a plan waits for neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from pleura.csv_file import read_csv
from pleura.errors import InputError, PleuraError
from pleura.study.context import Progress, quiet
from pleura.study.folder import record_environment, undo_damaged
from pleura.study.masker import masker_study, with_masker, without_masker_study
from pleura.study.prepare import alone_in, prepare
from pleura.study.prepared import Prepared
from pleura.study.section_reader import Announce
from pleura.study.step_graph import Plan
from pleura.study.study_base import StudyBase
from pleura.study.study_files import make_study, read_study
from pleura.study.work import MakeEngine, Work, in_this_process
from pleura.tables import read_cases, read_predictions, read_runs
from pleura.tasks.selfsup.processes import help_out
from pleura.train.devices import Devices
from pleura.train.nodes import meet


@dataclass(frozen=True)
class Result:
    """A finished study: its folder and its tables as data frames."""

    folder: Path

    @property
    def predictions(self) -> pd.DataFrame:
        """One row an image of validation or test, recipe, fold, seed and fraction.

        >>> predictions = Result(Path("runs/my_study")).predictions
        >>> sorted(set(predictions["part"]))
        ['test', 'test_centre', 'test_frame', 'validation']
        """
        return read_predictions(self.folder / "predictions.csv")

    @property
    def cases(self) -> pd.DataFrame:
        """Of a segmentation: one row an image of validation or test, structure, recipe, fold,
        seed and fraction.

        >>> sorted(set(Result(Path("runs/lungs")).cases["structure"]))
        ['lung']
        """
        return read_cases(self.folder / "cases.csv")

    @property
    def runs(self) -> pd.DataFrame:
        """One row a recipe, fold, seed and fraction: cost, tuning, history, provenance.

        >>> runs = Result(Path("runs/my_study")).runs
        >>> float(runs.set_index("recipe").loc["scratch", "rate"])  # chosen on validation
        0.001
        """
        return read_runs(self.folder / "runs.csv")

    @property
    def summary(self) -> pd.DataFrame:
        """Every metric with its interval; the report writes it.

        >>> summary = Result(Path("runs/my_study")).summary
        >>> list(summary.columns[:5])
        ['recipe', 'fraction', 'metric', 'class', 'value']
        """
        path = self.folder / "summary.csv"
        if not path.exists():
            self.report()
        numbers = {name: [""] for name in ("value", "low", "high")}
        return read_csv(path, na_values=numbers)

    def report(self) -> Path:
        """Rebuild figures, summary and `report.html` from the tables alone.

        >>> Result(Path("runs/my_study")).report().name
        'report.html'
        """
        from pleura.report.page import write_report
        from pleura.tasks.listed import page_of

        return write_report(self.folder, page_of(self.folder))

    def methods(self, kind: str = "md") -> Path:
        """Write the methods section of a paper on the study and the checklists TRIPOD+AI and CLAIM,
        with blanks for its authors, from the tables alone: `kind` is md (Markdown) or docx (Word).

        >>> Result(Path("runs/my_study")).methods().name
        'methods.md'
        """
        from pleura.report.methods.checklists import checklists_of
        from pleura.report.methods.export import write_methods
        from pleura.report.methods.text import methods_of
        from pleura.tasks.listed import page_of

        study = page_of(self.folder).study(self.folder)
        methods = methods_of(study)
        return write_methods(methods, checklists_of(study, methods), self.folder, kind)


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
            own = prepare(file, folder, progress, announce, keep=False)
            return replace(own, first=first)

    def run(
        self,
        out: str | Path,
        *,
        devices: int = 1,
        nodes: int = 1,
        engine: MakeEngine = in_this_process,
        progress: Progress = quiet,
        announce: Announce = quiet,
    ) -> Result:
        """Run what is missing and write the tables and the report into the folder `out`.

        Pretraining without labels runs on `devices` devices of each of `nodes` machines, which
        share a disk and have started this together (see `pleura.train.nodes.meet`).

        Steps are done in this process, unless `engine` makes another engine for the study's folder,
        such as `pleura.engine.listed.Engines`.

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
        if nodes > 1 and engine is not in_this_process:
            raise InputError(
                "--nodes: shares each pretraining among machines, which --workers and --cluster "
                "cannot; give one of them"
            )
        if nodes == 1:
            return self._run(Path(out), Devices(devices), engine, progress, announce)
        with meet(nodes) as machines:
            every = Devices(devices, machines)
            if machines.rank == 0:
                return self._run(Path(out), every, engine, progress, announce)
            help_out(every, announce)
            return Result(Path(out).resolve())

    def _run(
        self,
        out: Path,
        devices: Devices,
        make_engine: MakeEngine,
        progress: Progress,
        announce: Announce,
    ) -> Result:
        folder = out.resolve()
        with alone_in(folder, announce) as lease:
            engine = make_engine(folder, announce)
            file = self._with_masker(folder, make_engine, progress, announce)
            prepared = prepare(file, folder, progress, announce, keep=True, devices=devices)
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

            progress("looking for faults of the images", 0, 1, {})
            audit(prepared.context, announce, file.split)
            record_environment(prepared.context, announce, at_work=undo())
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

            engine.work(Work(prepared.plan, prepared.context, progress, announce, again, check))

            progress("putting the tables together", 0, 1, {})
            collect(self.file, prepared)
            result = Result(folder)
            if (model := folder / "best").exists():
                announce(f"model: {model}")
            if (model := folder / "best_pixels").exists():
                announce(f"better on validation, a pixel baseline as a model: {model}")
            progress("writing the report", 0, 1, {})
            announce(f"report: {result.report()}")
        return result

    def _with_masker(
        self, folder: Path, make_engine: MakeEngine, progress: Progress, announce: Announce
    ) -> StudyBase:
        """The study with its lung masker, which is trained first where it is not there yet."""
        before = masker_study(self.file, folder)
        if before is None:
            return self.file
        if not before.is_finished():
            announce(f"first: {before.name}, which trains the lung masker in {before.folder}")
            with before.named():
                one, own = Devices(), _under(before.name, announce)
                Study(before.file)._run(before.folder, one, make_engine, progress, own)
        return with_masker(self.file, before.model)


def _under(name: str, announce: Announce) -> Announce:
    """Announce under the name of another study."""
    return lambda line: announce(f"{name}: {line}")

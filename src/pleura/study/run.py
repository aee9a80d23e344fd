"""A study from file to report: prepare, plan, run what is missing, collect."""

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from pleura.data.audit import check
from pleura.data.bank import build_bank
from pleura.data.manifest import Manifest, read_manifest
from pleura.data.rule import Rule
from pleura.data.split import load_or_make_split, make_split
from pleura.errors import InputError, PleuraError
from pleura.files import SIZES, record_sizes, write_atomically, write_text
from pleura.report.page import write_report
from pleura.study.best import keep_best
from pleura.study.context import Context, Progress
from pleura.study.folder import drop_leftovers, record_environment, undo_damaged
from pleura.study.kinds.fit import WEIGHTS
from pleura.study.measure import Measured, measure_recipe, provenance_of
from pleura.study.panels import write_mistakes
from pleura.study.plan import KINDS, Plan, make_plan
from pleura.study.schema import StudyFile, dump_study, make_study, read_study
from pleura.study.step import Step
from pleura.tables import read_predictions, read_runs

Announce = Callable[[str], None]


def _quiet_progress(what: str, done: int, total: int, figures: Mapping[str, float]) -> None:
    pass


def _quiet(line: str) -> None:
    pass


@dataclass(frozen=True)
class Result:
    """A finished study: its folder and its tables as data frames."""

    folder: Path

    @property
    def predictions(self) -> pd.DataFrame:
        """One row an image of validation or test, recipe, fold, seed and fraction."""
        return read_predictions(self.folder / "predictions.csv")

    @property
    def runs(self) -> pd.DataFrame:
        """One row a recipe, fold, seed and fraction: cost, tuning, history, provenance."""
        return read_runs(self.folder / "runs.csv")

    @property
    def summary(self) -> pd.DataFrame:
        """Every metric with its interval; the report writes it."""
        path = self.folder / "summary.csv"
        if not path.exists():
            self.report()
        numbers = {name: [""] for name in ("value", "low", "high")}
        return pd.read_csv(path, keep_default_na=False, na_values=numbers)

    def report(self) -> Path:
        """Rebuild figures, summary and `report.html` from the tables alone."""
        return write_report(self.folder)


@dataclass(frozen=True)
class Prepared:
    """A study with its data read, checked, decoded and split, and its plan."""

    context: Context
    measured: Mapping[str, Measured]
    plan: Plan


class Study:
    """One question, and the recipes compared on it."""

    def __init__(self, file: StudyFile) -> None:
        self.file = file

    @classmethod
    def from_file(cls, path: str | Path, changes: Sequence[str] = ()) -> "Study":
        """Read a study file; `changes` are `key.key=value`. Raises InputError."""
        return cls(read_study(Path(path), changes))

    @classmethod
    def from_objects(cls, content: Mapping[str, Any]) -> "Study":
        """A study from a mapping with the keys of a study file; paths from the current folder."""
        return cls(make_study(content, where="study", relative_to=Path.cwd()))

    def prepare(
        self,
        out: str | Path,
        *,
        progress: Progress = _quiet_progress,
        announce: Announce = _quiet,
    ) -> Prepared:
        """Read, check, decode and split the data, measure the networks, plan the steps.

        Raises InputError for weights that do not fit, and one that lists all that is wrong with
        the data; PleuraError where another run is at work in the folder.
        """
        with _alone_in(Path(out).resolve()) as folder:
            return self._prepare(folder, False, progress, announce)

    def _prepare(
        self, folder: Path, keep_split: bool, progress: Progress, announce: Announce
    ) -> Prepared:
        study = self.file
        for name, recipe in study.recipes.items():
            announce(f"{name}: {provenance_of(recipe)}")
        manifest = read_manifest(
            study.data.manifest,
            columns=study.data.columns,
            where=study.data.where,
            classes=study.data.classes,
            image_is_patient=study.data.image_is_patient,
        )
        _check_classes(manifest)
        announce(f"{len(manifest.table)} images of {len(set(manifest.groups))} patients")
        bank = build_bank(
            manifest.table["image"].tolist(),
            folder / "bank",
            size=study.data.size,
            fit=study.data.fit,
            progress=lambda done, total: progress("decoding images", done, total, {}),
        )
        manifest = check(manifest, bank, same_image=study.data.same_image)
        for note in manifest.notes:
            announce(f"note: {note}")
        # A plan must not fix the split of a study that has not begun.
        drawn = folder / "split.json"
        keep = partial(load_or_make_split, drawn) if keep_split or drawn.exists() else make_split
        rule = Rule(
            test=study.split.test,
            folds=study.split.folds,
            validation=study.split.validation,
            seeds=_all_seeds(study),
            fractions=study.fractions,
            rules=study.split.rules,
            seed=study.split.seed,
        )
        split = keep(manifest, rule)
        context = Context(
            out=folder,
            manifest=manifest,
            bank=bank,
            split=split,
            threads=torch.get_num_threads(),
            accelerator="cuda" if torch.cuda.is_available() else "cpu",
            progress=progress,
        )
        measured = {
            name: measure_recipe(
                recipe,
                study.training,
                size=study.data.size,
                accelerator=context.accelerator,
                known=folder / "measured.json",
            )
            for name, recipe in study.recipes.items()
        }
        return Prepared(context, measured, make_plan(study, manifest, bank, split, measured))

    def run(
        self,
        out: str | Path,
        *,
        progress: Progress = _quiet_progress,
        announce: Announce = _quiet,
    ) -> Result:
        """Run what is missing and write the tables and the report into the folder `out`.

        A step that is finished is never run again, unless its files were cut short since; a
        training that was cut off goes on from its last checkpoint. Raises PleuraError where another
        run is at work in the same folder, and for a full disk or the like.
        """
        with _alone_in(Path(out).resolve()) as folder:
            prepared = self._prepare(folder, True, progress, announce)
            undo_damaged(prepared.plan.steps, prepared.context.steps, announce)
            missing = prepared.plan.missing(prepared.context.steps)
            record_environment(prepared.context, announce, at_work=bool(missing))
            done = len(prepared.plan.steps) - len(missing)
            announce(f"{len(prepared.plan.steps)} steps, {done} already done")
            for number, step in enumerate(missing, start=done + 1):
                progress(step.title, 0, 1, {})
                KINDS[step.kind].perform(step, prepared.context)
                record_sizes(step.folder(prepared.context.steps))
                announce(
                    f"[{number}/{len(prepared.plan.steps)}] {step.title}{_told(step, prepared)}"
                )
            self._collect(prepared)
            _drop_weights_of_losers(prepared)
            result = Result(folder)
            announce(f"report: {result.report()}")
        return result

    def _collect(self, prepared: Prepared) -> None:
        context, outcomes = prepared.context, prepared.plan.outcomes
        predictions = pd.concat(
            [read_predictions(step.folder(context.steps) / "predictions.csv") for step in outcomes],
            ignore_index=True,
        )
        runs = pd.DataFrame([step.result(context.steps) for step in outcomes])
        for name, table in (("predictions", predictions), ("runs", runs)):
            with write_atomically(context.out / f"{name}.csv") as temporary:
                table.to_csv(temporary, index=False)
        write_text(context.out / "study.yaml", dump_study(self.file))
        met_test = len(list(context.steps.glob("outcome-*/done.json")))
        write_text(context.out / "evaluations.json", json.dumps({"outcomes": met_test}))
        write_text(context.out / "notes.json", json.dumps(_notes(context), indent=1))
        write_mistakes(context, predictions, keep_best(self.file, prepared.plan, context))


def _told(step: Step, prepared: Prepared) -> str:
    result = step.result(prepared.context.steps)
    if "score" not in result:
        return ""
    return f": validation AUROC {result['score']:.3f}, {result['seconds']:.0f} s"


def _notes(context: Context) -> list[str]:
    notes = [*context.manifest.notes, *context.split.notes]
    info = context.bank.info
    shape = "a centred square is cut out" if context.bank.fit == "crop" else "padded with black"
    notes.append(f"images are brought to {context.bank.size} x {context.bank.size} pixels: {shape}")
    windowed = int((info["bits"] > 8).sum())
    if windowed:
        notes.append(
            f"{windowed} images of more than 8 bits were windowed from their 0.5th to their "
            "99.5th percentile"
        )
    return notes


def _all_seeds(study: StudyFile) -> list[int]:
    return sorted({seed for fraction in study.fractions for seed in study.seeds_at(fraction)})


def _check_classes(manifest: Manifest) -> None:
    """Raise InputError for fewer than two classes, and for names that the tables use."""
    if len(manifest.classes) < 2:
        raise InputError(
            f"{manifest.origin}: one class only ({', '.join(manifest.classes)}); a study needs two",
            manifest.problems,
        )
    reserved = sorted({"all", "macro"} & set(manifest.classes))
    if reserved:
        raise InputError(f"{manifest.origin}: no class can be called {' or '.join(reserved)}")


def _drop_weights_of_losers(prepared: Prepared) -> None:
    """Weights that no recipe's best trial needs; should a later plan need them, they are trained
    again."""
    steps = prepared.context.steps
    chosen = {outcome.result(steps)["step"] for outcome in prepared.plan.outcomes}
    for step in prepared.plan.steps:
        if step.kind == "fit":
            dropped = step.key not in chosen
            # All, since an evaluation may have trained one again.
            record_sizes(step.folder(steps), without=WEIGHTS if dropped else SIZES)
            if dropped:
                (step.folder(steps) / WEIGHTS).unlink(missing_ok=True)


@contextmanager
def _alone_in(folder: Path) -> Iterator[Path]:
    """Hold the lock of `folder`. Raises PleuraError for every failure of the file system."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be a study's folder ({error.strerror}); give another --out"
        ) from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PleuraError(
                f"{folder}: another run is at work in this folder; wait for it or give --out"
            ) from error
        drop_leftovers(folder)
        try:
            yield folder
        except OSError as error:
            raise PleuraError(
                f"{error.filename or folder}: {error.strerror or error}\n"
                "  - mend this and give the same command again: it goes on from here"
            ) from error

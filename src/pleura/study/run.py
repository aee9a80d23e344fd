"""A study from file to report: run what is missing, collect."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.files import write_atomically, write_text
from pleura.report.page import write_report
from pleura.study.best import keep_best
from pleura.study.context import Context, Progress
from pleura.study.depth_table import DEPTHS, depth_table
from pleura.study.folder import record_environment, undo_damaged
from pleura.study.kinds import latency
from pleura.study.kinds.fit import WEIGHTS
from pleura.study.kinds.listed import KINDS
from pleura.study.panels import write_mistakes
from pleura.study.plan import Plan
from pleura.study.prepare import Announce, Prepared, alone_in, prepare
from pleura.study.schema import StudyFile, dump_study, make_study, read_study
from pleura.study.step import Step
from pleura.tables import UNRANKED, read_predictions, read_runs


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


class Study:
    """One question, and the recipes compared on it."""

    def __init__(self, file: StudyFile) -> None:
        self.file = file

    @classmethod
    def from_file(
        cls, path: str | Path, changes: Sequence[str] = (), *, quick: bool = False
    ) -> "Study":
        """Read a study file, or its quick variant; `changes` are `key.key=value`.

        Raises InputError.
        """
        return cls(read_study(Path(path), changes, quick=quick))

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
        with alone_in(Path(out).resolve()) as folder:
            return prepare(self.file, folder, progress, announce, keep_split=False)

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
        with alone_in(Path(out).resolve()) as folder:
            prepared = prepare(self.file, folder, progress, announce, keep_split=True)
            undo_damaged(prepared.plan.steps, prepared.context.steps, announce)
            waiting = prepared.plan.missing(prepared.context.steps)
            record_environment(prepared.context, announce, at_work=bool(waiting))
            work(prepared.plan, prepared.context, announce)
            while prepared.plan.open:
                prepared = replace(prepared, plan=prepared.plan_on())
                undo_damaged(prepared.plan.steps, prepared.context.steps, announce)
                work(prepared.plan, prepared.context, announce)
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
        [timed] = prepared.plan.of("latency")
        runs = latency.with_latency(runs, timed, context)
        unranked = [name for name, it in prepared.study.recipes.items() if not it.ranked]
        runs.loc[runs["recipe"].isin(unranked), "kind"] = UNRANKED
        for name, table in (("predictions", predictions), ("runs", runs)):
            with write_atomically(context.out / f"{name}.csv") as temporary:
                table.to_csv(temporary, index=False)
        write_text(context.out / "study.yaml", dump_study(self.file))
        met_test = len(list(context.steps.glob("outcome-*/done.json")))
        write_text(context.out / "evaluations.json", json.dumps({"outcomes": met_test}))
        write_text(context.out / "notes.json", json.dumps(_notes(context), indent=1))
        for kind in ("clues", "heatmaps", "similarity"):
            if steps := prepared.plan.of(kind):
                KINDS[kind].collect(steps, context)
        if prepared.plan.of("depth"):
            with write_atomically(context.out / DEPTHS) as temporary:
                depth_table(prepared.plan, context).to_csv(temporary, index=False)
        write_mistakes(context, predictions, keep_best(prepared.study, prepared.plan, context))


def work(plan: Plan, context: Context, announce: Announce) -> None:
    """Do the steps of a plan that are missing."""
    missing = plan.missing(context.steps)
    context = replace(context, waiting=missing)
    more = ", more once depths are chosen" if plan.open else ""
    announce(f"{len(plan.steps)} steps{more}, {len(plan.steps) - len(missing)} already done")
    for number, step in enumerate(missing, start=len(plan.steps) - len(missing) + 1):
        if not step.is_done(context.steps):  # one pass may have done several
            context.progress(step.title, 0, 1, {})
            KINDS[step.kind].perform(step, context)
        announce(f"[{number}/{len(plan.steps)}] {step.title}{_told(step, context)}")


def _told(step: Step, context: Context) -> str:
    result = step.result(context.steps)
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


def _drop_weights_of_losers(prepared: Prepared) -> None:
    """Weights that no recipe's best trial needs; should a later plan need them, they are trained
    again."""
    steps = prepared.context.steps
    chosen = {outcome.result(steps)["step"] for outcome in prepared.plan.outcomes}
    for step in prepared.plan.of("fit"):
        if step.key not in chosen:
            step.drop(steps, WEIGHTS)

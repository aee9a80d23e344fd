"""The tables, pictures and the model that a finished study leaves in its folder."""

import json
import shutil

import pandas as pd

from pleura.files import write_atomically, write_text
from pleura.study.best import keep_best, keep_best_unet
from pleura.study.context import Context
from pleura.study.depth_table import DEPTHS, depth_table
from pleura.study.kinds import latency
from pleura.study.kinds.cases import CASES, OVERLAYS
from pleura.study.kinds.listed import KINDS
from pleura.study.panels import write_mistakes
from pleura.study.prepare import Prepared
from pleura.study.read import AnyStudy, dump_study
from pleura.study.schema import StudyFile
from pleura.study.segmentation_schema import SegmentationStudy
from pleura.study.training import WEIGHTS
from pleura.tables import UNRANKED, read_cases, read_predictions

TRAININGS = ("fit", "reverse", "segment")


def collect(file: AnyStudy, prepared: Prepared) -> None:
    """Write tables, pictures and the best model of a study whose steps are done; drop the weights
    that nothing needs any more. `file` is the study as it was asked for."""
    context, outcomes = prepared.context, prepared.plan.outcomes
    runs = pd.DataFrame([step.result(context.steps) for step in outcomes])
    study = prepared.study
    if isinstance(study, SegmentationStudy):
        _segmentation(prepared, study, runs)
    else:
        _classification(prepared, study, runs)
    write_text(context.out / "study.yaml", dump_study(file))
    kind = outcomes[0].kind
    met_test = len(list(context.steps.glob(f"{kind}-*/done.json")))
    write_text(context.out / "evaluations.json", json.dumps({"outcomes": met_test}))
    write_text(context.out / "notes.json", json.dumps(_notes(context), indent=1))
    _drop_weights_of_losers(prepared)


def _classification(prepared: Prepared, study: StudyFile, runs: pd.DataFrame) -> None:
    context = prepared.context
    predictions = pd.concat(
        [
            read_predictions(step.folder(context.steps) / "predictions.csv")
            for step in prepared.plan.outcomes
        ],
        ignore_index=True,
    )
    [timed] = prepared.plan.of("latency")
    _write_tables(prepared, latency.with_latency(runs, timed, context), predictions=predictions)
    for kind in ("areas", "clips", "clues", "heatmaps", "similarity"):
        if steps := prepared.plan.of(kind):
            KINDS[kind].collect(steps, context)
    if prepared.plan.of("depth"):
        with write_atomically(context.out / DEPTHS) as temporary:
            depth_table(prepared.plan, context).to_csv(temporary, index=False)
    write_mistakes(context, predictions, keep_best(study, prepared.plan, context))


def _segmentation(prepared: Prepared, study: SegmentationStudy, runs: pd.DataFrame) -> None:
    context, outcomes = prepared.context, prepared.plan.outcomes
    cases = [read_cases(step.folder(context.steps) / CASES) for step in outcomes]
    _write_tables(prepared, runs, cases=pd.concat(cases, ignore_index=True))
    panels = context.out / "panels"
    for stale in panels.glob("overlay_*.png"):
        stale.unlink()
    largest = max(study.fractions)
    first = study.seeds_at(largest)[0]
    tables = []
    for step in outcomes:
        if (step.spec["seed"], step.spec["fraction"], step.spec["fold"]) == (first, largest, 0):
            folder = step.folder(context.steps)
            table = pd.read_csv(folder / OVERLAYS, keep_default_na=False)
            tables.append(table)
            for name in table["file"]:
                with write_atomically(panels / name) as temporary:
                    shutil.copyfile(folder / name, temporary)
    with write_atomically(panels / OVERLAYS) as temporary:
        pd.concat(tables, ignore_index=True).to_csv(temporary, index=False)
    keep_best_unet(study, prepared.plan, context)


def _write_tables(prepared: Prepared, runs: pd.DataFrame, **tables: pd.DataFrame) -> None:
    unranked = [name for name, it in prepared.study.recipes.items() if not it.ranked]
    runs.loc[runs["recipe"].isin(unranked), "kind"] = UNRANKED
    for name, table in (*tables.items(), ("runs", runs)):
        with write_atomically(prepared.context.out / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False)


def _notes(context: Context) -> list[str]:
    notes = [*context.manifest.notes, *context.split.notes]
    notes += [note for masks in context.masks.values() for note in masks.notes]
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
    # What others go on from is kept.
    needed = chosen | {
        parent.key for s in prepared.plan.steps for parent in s.parents if s.kind in TRAININGS
    }
    for step in prepared.plan.steps:
        if step.kind in TRAININGS and step.key not in needed:
            step.drop(steps, WEIGHTS)

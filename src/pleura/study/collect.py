"""The tables, pictures and the model that a finished study leaves in its folder."""

import json
import shutil

import pandas as pd

from pleura.files import write_atomically, write_text
from pleura.study.best import keep_best, keep_best_unet
from pleura.study.depth_table import DEPTHS, depth_table
from pleura.study.notes import notes_of
from pleura.study.panels import write_mistakes
from pleura.study.prepare import Prepared
from pleura.study.pretraining_table import pretraining_table
from pleura.study.read import AnyStudy, dump_study
from pleura.study.schema import StudyFile
from pleura.study.segmentation_schema import SegmentationStudy
from pleura.study.steps import areas, attention, clips, clues, heatmaps, latency, similarity
from pleura.study.steps.cases import CASES, OVERLAYS
from pleura.study.steps.listed import load_kind
from pleura.study.training import WEIGHTS
from pleura.study.trials import spelled, weights_of
from pleura.tables import UNRANKED, read_cases, read_predictions

TRAININGS = ("fit", "reverse", "segment")
STEPS = "steps.csv"
PRETRAINING = "pretraining.csv"
CURRICULUM = "curriculum.csv"
# What the steps of a kind leave in the study's folder.
LEFT = {
    "outcome": ("predictions.csv", "panels/mistakes.csv", "panels/mistake_*.png"),
    "cases": (CASES, f"panels/{OVERLAYS}", "panels/overlay_*.png"),
    "depth": (DEPTHS,),
    "segment": (STEPS,),
    "areas": (areas.TABLE,),
    "clips": (clips.TABLE,),
    "clues": (clues.TABLE, "sources.csv"),
    "heatmaps": (f"panels/{heatmaps.TABLE}", "panels/heatmap_*.svg"),
    "similarity": (similarity.TABLE,),
    "selfsup": (PRETRAINING, CURRICULUM),
    "attention": (attention.TABLE, "panels/attention_*"),
}


def collect(file: AnyStudy, prepared: Prepared) -> None:
    """Write tables, pictures and the best model of a study whose steps are done; delete those of
    earlier settings of it, and the weights that nothing needs any more. `file` is the study as it
    was asked for."""
    context, outcomes = prepared.context, prepared.plan.outcomes
    _delete_stale(prepared)
    runs = pd.DataFrame([step.result(context.steps) for step in outcomes])
    [timed] = prepared.plan.of("latency")
    runs = latency.with_latency(runs, timed, context)
    if prepared.plan.learned_before:
        with write_atomically(context.out / STEPS) as temporary:
            _learned_before(prepared).to_csv(temporary, index=False)
    study = prepared.study
    if isinstance(study, SegmentationStudy):
        _segmentation(prepared, study, runs)
    else:
        _classification(prepared, study, runs)
    write_text(context.out / "study.yaml", dump_study(file))
    kind = outcomes[0].kind
    met_test = len(list(context.steps.glob(f"{kind}-*/done.json")))
    write_text(context.out / "evaluations.json", json.dumps({"outcomes": met_test}))
    write_text(context.out / "notes.json", json.dumps(notes_of(context), indent=1))
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
    _write_tables(prepared, runs, predictions=predictions)
    for kind in ("areas", "attention", "clips", "clues", "heatmaps", "similarity"):
        if steps := prepared.plan.of(kind):
            load_kind(kind).collect(steps, context)
    if prepared.plan.of("selfsup"):
        with write_atomically(context.out / PRETRAINING) as temporary:
            pretraining_table(prepared.plan, study, context).to_csv(temporary, index=False)
    if prepared.plan.choices:
        with write_atomically(context.out / CURRICULUM) as temporary:
            pd.DataFrame(prepared.plan.choices).to_csv(temporary, index=False)
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
            table = pd.read_csv(folder / OVERLAYS, dtype=str, keep_default_na=False)
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


def _learned_before(prepared: Prepared) -> pd.DataFrame:
    """One row each of the study's `steps` and seed: how its training went."""
    context, rows = prepared.context, []
    for step in prepared.plan.learned_before:
        material = context.materials[step.places["material"]]
        train, validation = material.parts(step.spec["seed"])
        result = step.result(context.steps)
        rows.append(
            {
                "name": step.places["material"],
                "seed": step.spec["seed"],
                "network": spelled(step.spec["network"]),
                "weights": weights_of(step),
                "structures": ", ".join(step.spec["structures"]),
                "n_train": len(train),
                "n_validation": len(validation),
                "patients": len(set(material.manifest.groups)),
                "epochs": result["epochs"],
                "converged": result["converged"],
                "validation_dice": result["score"],
                "seconds": result["seconds"],
            }
        )
    return pd.DataFrame(rows)


def _delete_stale(prepared: Prepared) -> None:
    """Delete what steps left that the plan no longer has; the report would show it."""
    for kind, names in LEFT.items():
        steps = prepared.plan.learned_before if kind == "segment" else prepared.plan.of(kind)
        for name in () if steps else names:
            for path in prepared.context.out.glob(name):
                path.unlink()


def _drop_weights_of_losers(prepared: Prepared) -> None:
    """Weights that no recipe's best trial needs; should a later plan need them, they are trained
    again."""
    steps = prepared.context.steps
    needed = {outcome.result(steps)["step"] for outcome in prepared.plan.outcomes}
    # A recipe that is added later may go on from any of the steps.
    needed |= {step.key for step in prepared.plan.learned_before}
    for step in prepared.plan.steps:
        if step.kind in TRAININGS and step.key not in needed:
            step.drop(steps, WEIGHTS)

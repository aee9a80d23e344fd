"""What a methods section says of a study, read from its tables: the numbers behind the words."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from pleura.data.augment_settings import ONE_BY_ONE
from pleura.data.lung_notes import tells_of_cropping
from pleura.evaluate.clue_strength import WHOLE
from pleura.report.classification import ClassifierFolder
from pleura.report.folder import Folder, behind, trainings
from pleura.report.lung_crops import preparation_of
from pleura.report.methods.references import METHODS, STRATEGIES
from pleura.report.methods.students import taught_of
from pleura.report.model import is_calibrated
from pleura.report.numbers import listing, span
from pleura.report.sections.clues import CLUES, SAID
from pleura.report.sections.data import in_plain_words
from pleura.report.sections.flow import counted_by, parts_of
from pleura.report.sections.heatmaps import HEATMAPS
from pleura.report.sections.weights import options_in_words, what_trains
from pleura.report.sizes import CLIPS, SEEN, sizes, total_of, what_is_seen
from pleura.report.sources_tested import sources_tested
from pleura.report.study import Study
from pleura.report.study_file import (
    LEFT_OUT,
    chosen_for,
    note_without_names,
    without_folders,
)
from pleura.study.countermeasures import said_of
from pleura.tables import AUDIT, FRAME, MEMBERS
from pleura.train.few_labels import FROZEN, used_by_recipes, used_by_steps

# Notes whose end tells how images were shown, and no name.
NAMES_NOBODY = re.compile(
    r"[\d,]+ clips? seen by .*|images shown by the window or VOI LUT of their own file: .*(?=\. )"
)
SHARED = re.compile(r"patients who share an image count as one \((?P<often>[^)]*)\)")
CROPPED = re.compile(r"images are cropped to the ultrasound's sector.*")
OWN_PATIENTS = {
    "every video, and every image without one, counts as its own patient",
    "no patient is known: every video counts as one",
    "every image counts as its own patient",
}


def facts_of(study: Study[Any]) -> dict[str, object]:
    """What the templates of the methods section ask for."""
    contents, settings = study.recipes.contents, study.contents.study
    runs, card = contents.runs, contents.best
    training: Mapping[str, Any] = settings.get("training") or {}
    baselines = runs.loc[runs["kind"] == "baseline", "recipe"].unique()
    by_epochs = runs[runs["history"].map(len) > 0]  # a solver counts its iterations as epochs
    return {
        "question": str(settings.get("question") or ""),
        "data": contents.data,
        "simulated": bool(contents.data.get("simulated")),
        "notes": _notes_beside(contents),
        **_people(contents),
        "merged": next(filter(None, map(_merged, contents.notes)), ""),
        "frames": _frames(contents.data.get("frames") or {}, contents.notes),
        "full_range": _full_range(contents.data.get("full_range")),
        **preparation_of(contents),
        "audited": (contents.path / AUDIT).is_file(),
        "elsewhere": listing(sources_tested(study).elsewhere, 30),
        "smaller": contents.counts["fraction"].min() < 1,
        "drawn": not contents.validation_column,
        "studied": _studied(contents),
        "pooled": what_is_seen(contents).noun == "frame" and isinstance(contents, ClassifierFolder),
        "counted": counted_by(contents),
        "parts": {part.name: part.sizes for part in parts_of(contents)},
        "classes": classes_of(contents),
        "folds": int(contents.counts["fold"].nunique()),
        "rule": contents.split.get("rule", {}),
        "total": contents.split.get("manifest", {}),
        "recipes": recipes_of(runs),
        "steps": (steps := steps_of(settings)),
        "seen_unlabelled": any(step["transductive"] for step in steps),
        "training": training,
        "chosen": chosen_for(contents.budget, settings),
        "loss": options_in_words(_spelled(training.get("loss"))).replace("_", " ")
        or "cross entropy",
        "augmentation": augmentation_of(training),
        "against": _against(settings, runs),
        "few_labels": used_by_recipes(settings),
        "few_labels_before": used_by_steps(settings),
        "taught": taught_of(settings, runs),
        "epochs": _number(by_epochs, "epochs"),
        "by_epochs": len(by_epochs) > 0,
        "precisions": sorted({*runs["precision"]} - {""}),
        "knobs": knobs_of(runs),
        "trials": sorted({len(each) for each in runs.loc[runs["kind"] == "recipe", "trials"]}),
        "baselines": [name.removeprefix("pixels: ") for name in sorted(baselines)],
        "metrics": [
            each.title.replace("Macro", "macro")
            for each in study.judged.measures.values()
            if each.name != study.findings.metric.name
        ],
        "by": study.by,
        "card": card,
        "calibrated": is_calibrated(card) and "calibration" in card,
        "ensemble": bool(card.get(MEMBERS)),
        "parameters": _number(behind(runs, card), "parameters") if card else "",
        "subgroups": [in_plain_words(each) for each in settings.get("subgroups") or ()],
        "prevalence": bool(settings.get("prevalence")),
        "sets": settings.get("sets") or {},
        "heads": FROZEN in set(runs["strategy"].map(_named)),
        "regions": FRAME in set(getattr(contents, "predictions", {}).get("part", ())),
        "clues": _clues(contents),
        "maps": (contents.path / HEATMAPS.path).is_file(),
        "number": getattr(contents, "number", ""),
        "environment": contents.environment,
        "evaluations": contents.evaluations,
        "split_hash": str(contents.split.get("hash", ""))[:16],
    }


def _people(folder: Folder) -> dict[str, str]:
    """What counts as a patient: its `unit`, and where patients are not known, `own_patients` in
    words."""
    said = " ".join(note for note in folder.notes if not note.startswith("step "))
    if "every video, and every image without one" in said:
        return {"unit": "video", "own_patients": "every video, and every image without one,"}
    if "every video counts as one" in said:
        return {"unit": "video", "own_patients": "every video"}
    own = folder.data.get("image_is_patient")
    return {"unit": "image" if own else "patient", "own_patients": "each image" if own else ""}


def _clues(folder: Folder) -> list[str]:
    """What random forests were given beside whole images, in words; empty without forests."""
    given = folder.table(CLUES).get("recipe", pd.Series(dtype=str)).unique()
    return [SAID.get(clue, clue) for clue in given if clue != WHOLE]


def _merged(note: str) -> str:
    """How often patients who share an image became one; empty where a note tells nothing of it."""
    found = SHARED.match(note)
    return found["often"] if found else ""


def _frames(settings: Mapping[str, Any], notes: Sequence[str]) -> str:
    """Which frames of a clip were seen, and what of them, by the note on it where there is one;
    empty where the study names none."""
    if not settings:
        return ""
    number, rate = settings.get("number"), settings.get("per_second")
    which = f"{number} of each, spread evenly" if number else f"{rate:g} a second"
    if settings.get("sector") is False:
        return f"{which}; the whole picture was kept"
    cropped = (
        "they were cropped to the ultrasound’s sector, and what is drawn over it was taken away"
    )
    return f"{which}; {next(filter(CROPPED.fullmatch, notes), cropped)}"


def _notes_beside(folder: Folder) -> list[str]:
    """The notes of a study, without names, but for those that the text tells in a sentence of its
    own: how images are seen and cropped, who counts as one patient, and that none is known."""
    told: list[Callable[[str], object]] = [SHARED.match, tells_of_cropping]
    if folder.data.get("frames"):
        told += [SEEN.fullmatch, CROPPED.fullmatch]
    beside = (note for note in folder.notes if note not in OWN_PATIENTS)
    return [_unnamed(note) for note in beside if not any(each(note) for each in told)]


def _full_range(given: object) -> str:
    """The stored values that became black and white; empty where the files' format says it."""
    if given == "bits":
        return "all values that the bits of a file hold"
    if isinstance(given, list | tuple):
        low, high = given
        return f"the stored values from {low:g} to {high:g}"
    return ""


def _unnamed(note: str) -> str:
    """A note without the names of patients or files; what names nobody is told in full."""
    if whole := NAMES_NOBODY.match(note):
        return whole[0]
    unnamed = note_without_names(note).replace(LEFT_OUT, "")
    return unnamed.replace("`where`", "the selection").strip()


def _studied(folder: Folder) -> str:
    """The images, clips and patients; patients who are not known are told apart."""
    total, noun = total_of(folder), what_is_seen(folder).noun
    known = _people(folder)["unit"] == "patient"
    return sizes(total if known else total.drop(columns="patients", errors="ignore"), noun)


def classes_of(folder: Folder) -> list[str]:
    """`normal (266)` for each class: the clips or images of it that test."""
    counts = folder.counts
    test = counts[(counts["part"] == "test") & (counts["fraction"] == counts["fraction"].max())]
    column = CLIPS if counted_by(folder) == CLIPS else "images"
    images = test.groupby("class")[column].agg(["min", "max"])
    return [
        f"{name} ({span(*(float(n) for n in images.loc[name]))})"
        for name in folder.labels
        if name in images.index
    ]


def recipes_of(runs: pd.DataFrame) -> list[dict[str, Any]]:
    """Each recipe that trained something: network, start, strategy in words, what is cited."""
    trained = trainings(runs)
    every = []
    for name, mine in trained[trained["kind"] == "recipe"].groupby("recipe", sort=False):
        first = mine.iloc[0]
        freezing = "augmented" in runs  # of U-Nets the strategy is a freezing plan
        spelled = str(first["strategy"])
        strategy = what_trains(spelled) + " trained" if freezing else options_in_words(spelled)
        origin = first["provenance"]
        every.append(
            {
                "name": name,
                "network": options_in_words(str(first["backbone"] or origin.get("architecture"))),
                "weights": str(origin.get("name") or without_folders(first["weights"])),
                "source": str(origin.get("source") or ""),
                "random": str(first["weights"]).lower() == "random",
                "curriculum": str(first["curriculum"] or ""),
                "strategy": strategy.replace("_", " "),
                "cited": cited_by(spelled, STRATEGIES),
                "parameters": _number(mine, "parameters"),
                "trained": _number(mine, "parameters_trained"),
                "augmented": str(first.get("augmented", "true")).lower() != "false",
            }
        )
    return every


def steps_of(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What networks learned before the recipes, a step each."""
    return [
        {
            "name": name,
            "task": str(step.get("task", "")),
            "method": options_in_words(_spelled(step.get("method"))).replace("_", " "),
            "cited": cited_by(_spelled(step.get("method")), METHODS),
            "rate": step.get("rate"),
            "transductive": bool(step.get("transductive")),
            "epochs": (step.get("training") or {}).get("epochs"),
        }
        for name, step in (settings.get("steps") or {}).items()
    ]


def _spelled(method: object) -> str:
    return method if isinstance(method, str) else json.dumps(method) if method else ""


def cited_by(spelled: str, references: Mapping[str, str]) -> list[str]:
    """The references of a strategy or a method as the tables spell it, with options or without."""
    name = _named(spelled)
    return [references[name]] if name in references else []


def _named(spelled: str) -> str:
    """The name of a strategy or a method without its options."""
    return str(next(iter(json.loads(spelled)))) if spelled.startswith("{") else spelled


def augmentation_of(training: Mapping[str, Any]) -> str:
    """`flip .5, rotation 10, ...`: the changes that are not switched off, and in whose place there
    are no others."""
    every: Mapping[str, Any] = training.get("augmentation") or {}
    replaced = ONE_BY_ONE if every.get("rand_augment") else ()
    return listing(
        [
            f"{name} {size:g}"
            for name, size in every.items()
            if isinstance(size, int | float) and size and name not in replaced
        ],
        shown=len(every),
    )


def _against(settings: Mapping[str, Any], runs: pd.DataFrame) -> dict[str, str]:
    """In words what recipes that trained a network did against shortcuts, by their names."""
    frozen = set(runs.loc[runs["strategy"].map(_named) == FROZEN, "recipe"])
    return {name: said for name, said in said_of(settings).items() if name not in frozen}


def knobs_of(runs: pd.DataFrame) -> list[str]:
    """`learning rate: 0.0005, 0.0015, 0.005` for each quantity that was tuned or set."""
    tried: dict[str, set[float]] = {}
    for _, run in runs[runs["knob"] != ""].iterrows():
        tried.setdefault(run["knob"], set()).update(float(t["rate"]) for t in run["trials"])
    return [f"{knob}: {', '.join(f'{v:g}' for v in sorted(of))}" for knob, of in tried.items()]


def _number(runs: pd.DataFrame, column: str) -> str:
    values = runs[column].dropna() if column in runs else runs.iloc[:0, 0]
    return span(values.min(), values.max()) if len(values) else "an unknown number of"

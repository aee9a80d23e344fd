"""What a study notes about its data: told with the plan, kept for the report."""

from collections.abc import Iterable, Mapping

import numpy as np

from pleura.data.bank import Bank
from pleura.data.rule import SETS
from pleura.evaluate.prediction_sets import needed, patients_of, too_few
from pleura.study.context import Context
from pleura.study.step_sections import SelfSupervisedStep
from pleura.study.study_base import StudyBase
from pleura.tasks.listed import TASKS
from pleura.tasks.selfsup.listed import make_method


def notes_of(context: Context) -> list[str]:
    """The sentences on the study's own data, then those on what its steps learn from."""
    notes = [*context.manifest.notes, *context.split.notes]
    notes += [note for masks in context.masks.values() for note in masks.notes]
    notes += decoded_note(context.bank)
    notes += context.lungs.notes if context.lungs else ()
    for name, pool in context.pools.items():
        for each in pool.sources:
            if not each.own:
                own = (*each.manifest.notes, *decoded_note(each.bank))
                notes += [f"step {name}: {note}" for note in own]
    for name, material in context.materials.items():
        own = (*material.manifest.notes, *material.masks.notes, *decoded_note(material.bank))
        notes += [f"step {name}: {note}" for note in (*own, *material.notes)]
    return notes


def cautions_of(
    steps: Mapping[str, SelfSupervisedStep], context: Context, seeds: Iterable[int]
) -> list[str]:
    """What to mind of methods whose options do not suit the images that they learn from: a sentence
    for each step, of the draw that has the fewest."""
    draws = [(seed, fold) for seed in seeds for fold in range(context.split.folds)]
    cautions = []
    for name, pool in context.pools.items():
        images = min(len(pool.parts(*draw)[0]) for draw in draws)
        method, batch_size = make_method(steps[name].method), steps[name].training.batch_size
        cautions += [f"steps.{name}: {each}" for each in method.cautions(images, batch_size)]
    return cautions


def without_a_set(study: StudyBase, context: Context) -> list[str]:
    """A sentence on the classes of which too few patients are kept for the prediction sets of a
    study that wants them, in the fold that has the fewest."""
    coverage = study.coverage
    if coverage is None:
        return []
    manifest, several = context.manifest, TASKS[study.task].learned.several
    every = []
    for fold in range(context.split.folds):
        rows = context.split.aside_of(fold)[SETS]
        at = context.labels[rows], len(manifest.classes), manifest.groups[rows]
        every.append(patients_of(*at))
    few = too_few(np.min(every, axis=0), manifest.classes, several=several, coverage=coverage)
    if not few:
        return []
    named = ", ".join(f"{name} ({number})" for name, number in few.items())
    in_brackets = f"the number in brackets{', of the fold with fewest' * (context.split.folds > 1)}"
    return [
        f"sets: no set for {named}: a coverage of {coverage:g} needs {needed(coverage)} "
        f"patients kept for sets, {in_brackets}; they are in every set, and nothing rules "
        "them out. Give a lower sets.coverage or a larger sets.patients"
    ]


def decoded_note(bank: Bank) -> list[str]:
    """To what size images were brought, and what became of those that are not square."""
    note = f"images are brought to {bank.size} x {bank.size} pixels"
    if (bank.info["width"] == bank.info["height"]).all():
        return [note]
    shape = "a centred square is cut out" if bank.fit == "crop" else "padded with black"
    return [f"{note}: {shape}"]

"""The models that two studies hand over (`best/`), as one row to be compared: each as it predicts,
whether it is one training or an ensemble of several."""

from dataclasses import replace
from typing import Any

from pleura.compare.outcomes import Outcomes, outcomes_of
from pleura.compare.studies import Finished, Pair
from pleura.report.classification import ClassifierFolder, calibrated_by
from pleura.report.folder import Folder, of_training
from pleura.report.model import alone
from pleura.report.segmentation import CasesFolder
from pleura.tables import MEMBERS
from pleura.wording import in_a_row

BEST = "best/"


def models_of(pair: Pair, outcomes: Outcomes) -> Outcomes | None:
    """The test results of both models, under one name, at one fraction and of one seed, so that
    they are paired; by classes and metrics as `outcomes_of` gives them.

    None where a study holds no model or no predictions of it, and where a model was tested on a
    part of the test images alone, as that of one fold among several.
    """
    both = [_alone(study) for study in pair]
    if both[0] is None or both[1] is None:
        return None
    models = outcomes_of((both[0], both[1]))
    for ours, every in zip(models.tables, outcomes.tables, strict=True):
        if {*ours["image"]} != {*every["image"]}:
            return None
    one, two = (its.assign(recipe=BEST, fraction=1.0, seed=0) for its in models.tables)
    return replace(models, tables=(one, two))


def _alone(study: Finished) -> Finished | None:
    """The study with the training alone that it hands over, as that predicts."""
    contents: Any = study.contents
    name = "cases" if isinstance(contents, CasesFolder) else "predictions"
    rows = of_training(getattr(contents, name), contents.best)
    if not (rows["part"] == "test").any():
        return None
    if isinstance(contents, ClassifierFolder):
        rows = calibrated_by(rows, contents.best, contents.classes)
    its: Folder = alone(contents, **{name: rows})
    return replace(study, contents=its)


def named(study: Finished) -> str:
    """What the model of a study is: `frozen, seed 2`; of an ensemble `frozen, an ensemble of seeds
    0, 1 and 2`; "" without one."""
    card = study.contents.best
    if not card:
        return ""
    seeds = sorted(each["seed"] for each in (card, *(card.get(MEMBERS) or ())))
    which = f"seed {seeds[0]}"
    if len(seeds) > 1:
        which = f"an ensemble of seeds {in_a_row([*map(str, seeds)])}"
    return f"{card['recipe']}, {which}"

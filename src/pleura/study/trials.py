"""The trials of a recipe: the best on validation, and what the runs table says of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from pleura.data.split import Parts
from pleura.study.context import Context
from pleura.study.distillation import SOFT_TARGETS
from pleura.study.step import Step
from pleura.study.steps.listed import kind_of
from pleura.tables import JUDGED, KEYS, VALIDATED, read_predictions
from pleura.train.history import kept_record

PREDICTIONS = "predictions.csv"


def trials_of(outcome: Step) -> list[Step]:
    """The trials of which an evaluation takes the best on validation."""
    return [it for it in outcome.parents if "value" in it.spec and "until" not in it.spec]


def teaching_of(training: Step) -> Step | None:
    """The step in which the teacher of a training says what it thinks; None without a teacher."""
    return next((parent for parent in training.parents if parent.kind == SOFT_TARGETS), None)


def rungs_of(outcome: Step) -> list[Step]:
    """The short trainings that led to the trials of an evaluation."""
    return [parent for parent in outcome.parents if "until" in parent.spec]


def given_up(outcome: Step) -> list[Step]:
    """Of each training that did not go on to its end before an evaluation, what it came to."""
    last = {_training(rung): rung for rung in rungs_of(outcome)}
    ended = {_training(trial) for trial in trials_of(outcome)} if last else set()
    return [rung for training, rung in last.items() if training not in ended]


def _training(step: Step) -> tuple[str, float]:
    """What tells a training from the others of its search, however long it is."""
    return spelled(step.spec["strategy"]), step.spec["value"]


def best_of(trials: Sequence[Step], context: Context) -> Step:
    """The trial with the greatest score on validation; on a tie the first, smallest value."""
    return max(trials, key=lambda trial: trial.result(context.steps)["score"])


def chosen_of(outcome: Step, context: Context) -> Step:
    """The trial that a finished evaluation took."""
    key = outcome.result(context.steps)["step"]
    return next(trial for trial in outcome.parents if trial.key == key)


def predictions_of(outcome: Step, context: Context, *parts: str) -> pd.DataFrame:
    """What a finished evaluation of a classifier predicts of the images in some parts, by default
    in all."""
    table = read_predictions(outcome.folder(context.steps) / PREDICTIONS)
    return table[table["part"].isin(parts)] if parts else table


def spelled(value: str | Mapping[str, Any]) -> str:
    """A name with its options as tables and keys spell them: JSON."""
    return json.dumps(value).strip('"')


def as_written(value: str | Mapping[str, Any]) -> str:
    """A name with its options, or what `spelled` made of it, as a study file has it:
    `{x_unet: {width: 4}}`."""
    if isinstance(value, str):
        if not value.startswith("{"):
            return value
        value = json.loads(value)
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=float("inf"))
    return str(text).strip()


def run_columns(
    outcome: Step, chosen: Step, parts: Parts, searched: Sequence[Step], context: Context
) -> dict[str, Any]:
    """What every run tells: which it is, images, the value chosen, and seconds.

    `searched` are the steps that led to the choice.
    """
    spec = outcome.spec
    values = {step.spec["value"] for step in searched if "value" in step.spec}
    return {
        **{name: spec[name] for name in KEYS},
        "n_train": len(parts.train),
        "n_validation": len(parts.validation),
        "n_test": len(parts.test),
        "knob": spec["knob"],
        "rate": chosen.spec["value"],
        # Of two values either is at an edge: that one was chosen says nothing.
        "rate_at_edge": len(values) > 2 and chosen.spec["value"] in (min(values), max(values)),
        "train_seconds": _seconds([chosen], context),
        "tuning_seconds": _seconds(searched, context),
        "threads": context.threads,
        "step": chosen.key,
        **({"search": json.dumps(spec["search"])} if "search" in spec else {}),
        **_teacher_columns(outcome, chosen, context),
    }


def _teacher_columns(outcome: Step, chosen: Step, context: Context) -> dict[str, Any]:
    """Of a run that was taught by another recipe: by which, on how many images without label (none
    where it asks for none), and the seconds of all that the teacher took, its tuning among them."""
    if "teacher" not in outcome.spec:
        return {}
    asked = chosen.spec["distillation"]["unlabelled"]
    teaching = teaching_of(chosen)
    assert teaching is not None  # the outcome of a recipe with a teacher
    return {
        "teacher": outcome.spec["teacher"],
        "n_unlabelled": teaching.result(context.steps)["unlabelled"] if asked else 0,
        "teacher_seconds": _seconds([teaching], context),
    }


def fit_columns(chosen: Step, result: Mapping[str, Any], score: str) -> dict[str, Any]:
    """How the chosen training went; `score` is the tables' word for its score, such as `auroc`.

    Figures outside `history` are those of the epoch whose weights were kept: the loss as trained,
    loss and score of training images as they are judged, and loss and score on validation.
    """
    spec = chosen.spec
    history = [_epoch(record, score) for record in result["history"]]
    at_end = _epoch(kept_record(result["history"]), score) if history else {}
    return {
        "kind": "recipe",
        "epochs": result["epochs"],
        "converged": result["converged"],
        "precision": spec["precision"],
        "batch_size": spec["settings"]["batch_size"] if "settings" in spec else "",
        "train_loss": at_end.get("loss"),
        **{name: value for name, value in at_end.items() if name.startswith((JUDGED, VALIDATED))},
        "history": json.dumps(history),
    }


def _epoch(record: Mapping[str, Any], score: str) -> dict[str, Any]:
    """A record of the training loop in the words of the tables."""
    return {
        "phase": record["phase"],
        "epoch": record["epoch"],
        "loss": record["train_loss"],
        f"{JUDGED}loss": record["judged_loss"],
        f"{VALIDATED}loss": record["loss"],
        f"{JUDGED}{score}": record["judged_score"],
        f"{VALIDATED}{score}": record["score"],
        "rate": record["rate"],
    }


def named_rows(
    outcome: Step, part: str | NDArray[np.str_], rows: NDArray[np.int64], context: Context
) -> pd.DataFrame:
    """What tables of an outcome say of each of its rows of the manifest, in a part of the data."""
    table = context.manifest.table.iloc[rows]
    return pd.DataFrame(
        {
            **{name: outcome.spec[name] for name in KEYS},
            "part": part,
            "image": context.manifest.names(rows),
            **{name: table[name].to_numpy() for name in ("patient", "video", "source", "label")},
        }
    )


def weights_of(step: Step) -> str:
    """What runs call the start of a training: the weights, or the step it goes on from."""
    for parent in step.parents:
        if "material" in parent.places:
            return f"step {parent.places['material']}"
    return str(step.spec["weights"])


def _seconds(steps: Iterable[Step], context: Context) -> float:
    """Seconds of steps and of all that they stand on; what they share is counted once, and a
    training that went on from a shorter one as long as it took in all."""
    counted: dict[str, float] = {}
    waiting: list[tuple[Step, Step | None]] = [(step, None) for step in steps]
    while waiting:
        step, reader = waiting.pop()
        for work, seconds in kind_of(step).seconds(step, reader, context).items():
            counted[work] = max(counted.get(work, 0.0), seconds)
        waiting += [(parent, step) for parent in step.parents]
    return sum(counted.values())

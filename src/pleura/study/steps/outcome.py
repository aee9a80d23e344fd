"""Step: the best trial on validation, its predictions, and what it cost.

Here a model meets test patients, once for each recipe, fold, seed and fraction; heat maps and
clues, which choose nothing, look at them afterwards.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors.torch import load_file

from pleura.data.split import Parts
from pleura.files import write_atomically
from pleura.models.classifier import Classifier
from pleura.models.cost import count_macs, count_parameters
from pleura.models.lora import merge
from pleura.models.reverse import ReverseClassifier
from pleura.models.weights import Provenance
from pleura.study.context import Context
from pleura.study.pretrained import learned, pretraining_of, start_of
from pleura.study.step import Step
from pleura.study.steps import features, fit, head, pixels, reverse
from pleura.study.steps.kind import Kind
from pleura.study.training import WEIGHTS
from pleura.study.trials import best_of, fit_columns, run_columns, spelled, weights_of
from pleura.study.versions import hiding
from pleura.study.views import WHOLE, hidden_views, rows_of, shown
from pleura.tables import LOGIT
from pleura.tasks.classification import guessing_loss, predict
from pleura.tasks.pixels import small_pixels
from pleura.transfer.build import BuiltModel, build_model

PREDICTIONS = "predictions.csv"


@dataclass(frozen=True)
class Asked:
    """Rows of a part of the data to predict, in a view; `part` is the tables' word for both."""

    part: str
    view: str
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Trained:
    """A trained classifier, and where its weights started."""

    classifier: Classifier | ReverseClassifier
    provenance: Provenance


class Outcome(Kind):
    """The best trial of a classification on validation meets test."""

    name = "outcome"
    parts = (hiding,)

    def perform(self, step: Step, context: Context) -> None:
        """Write `predictions.csv` and the row of the runs table."""
        spec = step.spec
        trials = trials_of(step)
        results = {trial.key: trial.result(context.steps) for trial in trials}
        chosen = best_of(trials, context)
        parts = context.split.parts(spec["fold"], spec["seed"], spec["fraction"])
        asked = _asked(parts, context)
        run = run_columns(step, chosen, parts, _searched(step), context) | {
            "trials": json.dumps(
                [
                    {
                        "rate": trial.spec["value"],
                        "validation_auroc": results[trial.key]["score"],
                        "strategy": strategy_of(trial),
                    }
                    for trial in trials
                ]
            ),
        }
        if chosen.kind == "pixels":
            small = [small_pixels(shown(ask.view, context), ask.rows) for ask in asked]
            logits = pixels.fit_and_predict(chosen, context, np.concatenate(small))
            run["kind"] = "baseline"
        elif chosen.kind == "head":
            frozen = _features_by_view(step, chosen)
            values = [features.read(frozen[ask.view], context, ask.rows) for ask in asked]
            logits = head.logits(chosen, np.concatenate(values), context)
            run |= _head_columns(chosen, results[chosen.key], frozen[WHOLE], context)
        else:
            built = trained_model(chosen, context)
            # In full precision, as the model that is handed over predicts.
            device = context.fabric("fp32").device
            model = built.classifier.to(device)
            logits = np.concatenate(
                [predict(model, shown(ask.view, context), ask.rows, device) for ask in asked]
            )
            run |= _network_columns(chosen, results[chosen.key], built, context)
        if "balanced" in chosen.spec:
            labels = context.labels[parts.train]
            run["guessing_loss"] = guessing_loss(labels, context.n_classes, chosen.spec["balanced"])
        with write_atomically(step.folder(context.steps) / PREDICTIONS) as temporary:
            _predictions(spec, context, asked, logits).to_csv(temporary, index=False)
        step.finish(context.steps, run, PREDICTIONS)


def trials_of(outcome: Step) -> list[Step]:
    """The trials of which the outcome takes the best on validation."""
    return [parent for parent in outcome.parents if "value" in parent.spec]


def chosen_of(outcome: Step, context: Context) -> Step:
    """The trial that a finished outcome took."""
    key = outcome.result(context.steps)["step"]
    return next(trial for trial in outcome.parents if trial.key == key)


def trained_model(trial: Step, context: Context) -> Trained:
    """The classifier that a trial (fit, head or reverse) trained, in evaluation mode.

    What LoRA learned is part of its weights.
    """
    if trial.kind == "reverse":
        return Trained(*reverse.trained(trial, context))
    built = trained_backbone(trial, context)
    return Trained(built.classifier, built.provenance)


def trained_backbone(trial: Step, context: Context) -> BuiltModel:
    """The classifier that a `fit` or a `head` trained, in evaluation mode."""
    folder = trial.folder(context.steps)
    if trial.kind == "fit" and not (folder / WEIGHTS).exists():
        # They were dropped when another trial was the best; the same training gives them again.
        fit.KIND.perform(trial, context)
    start = start_of(trial, context)
    built = build_model(
        {**trial.spec, **trial.places}, context.n_classes, trial.spec["seed"], start
    )
    if trial.kind == "fit":
        built.classifier.load_state_dict(load_file(folder / WEIGHTS))
        merge(built.classifier)
    else:
        head.load_into(built.classifier.head, trial, context)
    built.classifier.eval()
    return built


def strategy_of(trial: Step) -> str:
    """The strategy of a trial as it stands in a study file, of a U-Net the head and what trains;
    empty for a baseline."""
    if trial.kind == "reverse":
        return spelled({"head": trial.spec["head"], "freeze": trial.spec["freeze"]})
    return spelled(trial.spec.get("strategy", ""))


def curriculum_of(trial: Step) -> str:
    """What the network of a trial learned, in its order: `imagenet > rotation > simclr`; empty
    where nothing came before the recipe."""
    before = pretraining_of(trial)
    return before.places["chain"] if before else ""


def _asked(parts: Parts, context: Context) -> list[Asked]:
    asked = [Asked("validation", WHOLE, parts.validation), Asked("test", WHOLE, parts.test)]
    for view in hidden_views(context):
        rows = parts.test[np.isin(parts.test, rows_of(view, context))]
        asked += [Asked(view, view, rows)] if len(rows) else []
    return asked


def _features_by_view(outcome: Step, chosen: Step) -> dict[str, Step]:
    steps = (*chosen.parents, *outcome.parents)
    return {step.spec["view"]: step for step in steps if step.kind == "features"}


def _searched(outcome: Step) -> list[Step]:
    """What led to the outcome: its trials and the search for a depth, not what it was shown."""
    return [parent for parent in outcome.parents if parent.kind != "features"]


def _head_columns(
    chosen: Step, result: dict[str, Any], frozen: Step, context: Context
) -> dict[str, Any]:
    cost = frozen.result(context.steps)
    trained, macs = head.cost(chosen, context)
    before = pretraining_of(chosen)
    origin = learned(before, context).provenance.as_dict() if before else cost["provenance"]
    return _columns(chosen, result) | {
        "parameters": cost["parameters"] + trained,
        "parameters_trained": trained,
        "macs": cost["macs"] + macs,
        "device": cost["device"],
        "provenance": json.dumps(origin),
    }


def _network_columns(
    chosen: Step, result: dict[str, Any], built: Trained, context: Context
) -> dict[str, Any]:
    model, size = built.classifier, context.bank.size
    return _columns(chosen, result) | {
        "parameters": count_parameters(model),
        "parameters_trained": result["parameters_trained"],
        "macs": count_macs(model, size),
        "device": str(next(model.parameters()).device),
        "provenance": json.dumps(built.provenance.as_dict()),
    }


def _columns(chosen: Step, result: dict[str, Any]) -> dict[str, Any]:
    return fit_columns(chosen, result, "auroc") | {
        "backbone": chosen.spec.get("backbone") or spelled(chosen.spec["network"]),
        "weights": weights_of(chosen),
        "curriculum": curriculum_of(chosen),
        "strategy": strategy_of(chosen),
    }


def _predictions(
    spec: Any, context: Context, asked: Sequence[Asked], logits: NDArray[np.float32]
) -> pd.DataFrame:
    rows = np.concatenate([ask.rows for ask in asked])
    table = context.manifest.table.iloc[rows]
    known = {name: table[name].to_numpy() for name in ("patient", "video", "source", "label")}
    result = pd.DataFrame(
        {
            "recipe": spec["recipe"],
            "fold": spec["fold"],
            "seed": spec["seed"],
            "fraction": spec["fraction"],
            "part": np.repeat([ask.part for ask in asked], [len(ask.rows) for ask in asked]),
            "image": [context.manifest.name(row) for row in rows],
            **known,
        }
    )
    for i, name in enumerate(context.manifest.classes):
        result[f"{LOGIT}{name}"] = logits[:, i].astype(np.float64)
    return result


KIND = Outcome()

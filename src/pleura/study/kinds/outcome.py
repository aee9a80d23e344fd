"""Step: the best trial on validation, its predictions, and what it cost.

Here, and nowhere else, a model meets test patients: once for each recipe, fold, seed, fraction.
"""

import json
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file

from pleura.data.hidden import Hidden, Images, average, frame
from pleura.data.split import Parts
from pleura.files import write_atomically
from pleura.models.cost import count_macs, count_parameters, measure_latency
from pleura.study.context import Context
from pleura.study.kinds import fit, pixels
from pleura.study.step import Step
from pleura.tables import CENTRE, FRAME, LOGIT
from pleura.tasks.classification import predict
from pleura.tasks.pixels import small_pixels
from pleura.train.head import LinearHead
from pleura.train.phase import modules_by_cut
from pleura.transfer.build import BuiltModel, build_model

View: TypeAlias = tuple[str, Images, NDArray[np.int64]]  # a part's name, images, rows


def perform(step: Step, context: Context) -> None:
    """Write `predictions.csv` and the row of the runs table."""
    spec = step.spec
    trials = [trial for trial in step.parents if "value" in trial.spec]
    results = [trial.result(context.steps) for trial in trials]
    # On a tie the first, smallest value wins.
    best = max(range(len(trials)), key=lambda i: (results[i]["score"], -i))
    chosen, result = trials[best], results[best]
    # What trials share, such as the features of a frozen backbone, is paid once.
    shared = sum(parent.result(context.steps)["seconds"] for parent in chosen.parents)
    parts = context.split.parts(spec["fold"], spec["seed"], spec["fraction"])
    views = _views(context, parts)
    run = {
        **{name: spec[name] for name in ("recipe", "fold", "seed", "fraction")},
        "n_train": len(parts.train),
        "n_validation": len(parts.validation),
        "n_test": len(parts.test),
        "knob": spec["knob"],
        "rate": chosen.spec["value"],
        "rate_at_edge": len(trials) > 1 and best in (0, len(trials) - 1),
        "trials": json.dumps(
            [
                {"rate": trial.spec["value"], "validation_auroc": result["score"]}
                for trial, result in zip(trials, results, strict=True)
            ]
        ),
        "train_seconds": shared + result["seconds"],
        "tuning_seconds": shared + sum(result["seconds"] for result in results),
        "threads": context.threads,
        "step": chosen.key,
    }
    if chosen.kind == "pixels":
        small = [small_pixels(images, rows) for _, images, rows in views]
        logits = pixels.fit_and_predict(chosen, context, np.concatenate(small))
        run["kind"] = "baseline"
    else:
        built = trained_model(chosen, context)
        # In full precision, as the model that is handed over predicts.
        device = context.fabric("fp32").device
        model = built.classifier.to(device)
        logits = np.concatenate([predict(model, images, rows, device) for _, images, rows in views])
        run |= _network_columns(chosen, result, built, context, str(device))
    with write_atomically(step.folder(context.steps) / "predictions.csv") as temporary:
        _predictions(spec, context, views, logits).to_csv(temporary, index=False)
    step.finish(context.steps, run)


def _views(context: Context, parts: Parts) -> list[View]:
    """What is predicted. Test is shown whole and in two halves."""
    bank = context.bank
    outer, fill = frame(bank.size, bank.size), average(bank, parts.train)
    return [
        ("validation", bank, parts.validation),
        ("test", bank, parts.test),
        (CENTRE, Hidden(bank, outer, fill), parts.test),
        (FRAME, Hidden(bank, ~outer, fill), parts.test),
    ]


def trained_model(trial: Step, context: Context) -> BuiltModel:
    """The classifier that a trial (fit or head) trained, in evaluation mode."""
    folder = trial.folder(context.steps)
    if trial.kind == "fit" and not (folder / fit.WEIGHTS).exists():
        # They were dropped when another trial was the best; the same training gives them again.
        fit.perform(trial, context)
    built = build_model({**trial.spec, **trial.places}, context.n_classes, trial.spec["seed"])
    if trial.kind == "fit":
        built.classifier.load_state_dict(load_file(folder / fit.WEIGHTS))
    else:
        arrays = load_arrays(folder / "head.safetensors")
        head = LinearHead(arrays["weight"], arrays["bias"], iterations=0, converged=True)
        head.put_into(built.classifier.head)
    built.classifier.eval()
    return built


def _network_columns(
    chosen: Step, result: dict[str, Any], built: BuiltModel, context: Context, device: str
) -> dict[str, Any]:
    spec = chosen.spec
    model, size = built.classifier, context.bank.size
    return {
        "kind": "recipe",
        "backbone": spec["backbone"],
        "weights": spec["weights"],
        "strategy": json.dumps(spec["strategy"]).strip('"'),
        "epochs": result["epochs"],
        "converged": result["converged"],
        "parameters": count_parameters(model),
        "parameters_trained": _trained(built),
        "macs": count_macs(model, size),
        "latency_ms": measure_latency(model, size),
        "precision": spec["precision"],
        "batch_size": spec["settings"]["batch_size"] if "settings" in spec else "",
        "device": device,
        "provenance": json.dumps(built.provenance.as_dict()),
        "history": json.dumps([_record(record) for record in result["history"]]),
    }


def _trained(built: BuiltModel) -> int:
    """Parameters that train in any of the strategy's phases."""
    cuts = frozenset[str]().union(
        *(phase.trains for phase in built.strategy.phases(built.classifier))
    )
    return sum(
        parameter.numel()
        for cut, module in modules_by_cut(built.classifier)
        if cut in cuts
        for parameter in module.parameters()
    )


def _record(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "phase": record["phase"],
        "epoch": record["epoch"],
        "loss": record["train_loss"],
        "validation_loss": record["loss"],
        "validation_auroc": record["score"],
        "rate": record["rate"],
    }


def _predictions(
    spec: Any,
    context: Context,
    views: list[View],
    logits: NDArray[np.float32],
) -> pd.DataFrame:
    rows = np.concatenate([rows for _, _, rows in views])
    table = context.manifest.table.iloc[rows]
    known = {name: table[name].to_numpy() for name in ("patient", "video", "source", "label")}
    result = pd.DataFrame(
        {
            "recipe": spec["recipe"],
            "fold": spec["fold"],
            "seed": spec["seed"],
            "fraction": spec["fraction"],
            "part": np.repeat([part for part, _, _ in views], [len(rows) for _, _, rows in views]),
            "image": [context.manifest.name(row) for row in rows],
            **known,
        }
    )
    for i, name in enumerate(context.manifest.classes):
        result[f"{LOGIT}{name}"] = logits[:, i].astype(np.float64)
    return result

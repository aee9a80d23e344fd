"""What a recipe's network costs here, measured shortly before a study is planned."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from pleura.errors import InputError
from pleura.files import digest_of, write_text
from pleura.study.schema import Recipe, Training
from pleura.train.phase import HEAD
from pleura.train.precision import better, make_fabric, measure
from pleura.transfer.build import build_model


@dataclass(frozen=True)
class Measured:
    """A recipe's precision, its milliseconds an image, and whether features can be shared."""

    precision: str
    training_ms: float
    prediction_ms: float
    on_features: bool


def measure_recipe(
    recipe: Recipe, training: Training, *, size: int, accelerator: str, known: Path | None
) -> Measured:
    """Measure one recipe's network from random weights; remembered in the file `known`.

    The precision is part of every key, so a study keeps to what was measured at its start.
    """
    question = {
        "backbone": recipe.backbone,
        "strategy": recipe.strategy,
        "size": size,
        "batch_size": training.batch_size,
        "precision": training.precision,
        "accelerator": accelerator,
    }
    answers: dict[str, Any] = {}
    if known and known.exists():
        with suppress(ValueError):  # a damaged file is measured again
            answers = json.loads(known.read_text(encoding="utf-8"))
    key = digest_of(question)
    if key not in answers:
        measured = _measure(recipe, training, size, accelerator)
        answers[key] = {"question": question, "answer": asdict(measured)}
        if known:
            write_text(known, json.dumps(answers, indent=1))
    return Measured(**answers[key]["answer"])


def provenance_of(recipe: Recipe) -> str:
    """Load a recipe's weights once, before anything else is done; say where they come from.

    Raises InputError where strategy, backbone or weights do not fit, PleuraError for a failed
    download.
    """
    built = build_model(recipe.model_dump(), n_classes=2, seed=0)
    return f"{recipe.backbone} from {built.provenance.name}"


def _measure(recipe: Recipe, training: Training, size: int, accelerator: str) -> Measured:
    torch.manual_seed(0)
    random = {**recipe.model_dump(), "weights": "random"}
    first = build_model(random, n_classes=2, seed=0)
    phases = first.strategy.phases(first.classifier)
    on_features = all(phase.to_convergence for phase in phases)
    largest = max(phases, key=lambda phase: len(phase.trains))
    wanted: list[str] = ["fp32", "bf16"]
    if on_features:
        # A head can fit the rounding of bf16 features, which no other precision repeats.
        wanted = ["fp32"]
    elif training.precision != "auto":
        wanted = [training.precision]
    if on_features and largest.trains != frozenset({HEAD}):
        raise ValueError("only a head can be trained to convergence on frozen features")
    built = [first, *(build_model(random, n_classes=2, seed=0) for _ in wanted[1:])]
    candidates = [
        (model.classifier, make_fabric(accelerator, precision))
        for model, precision in zip(built, wanted, strict=True)
    ]
    try:
        speeds = measure(candidates, largest, size=size, batch_size=training.batch_size)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise InputError(
            f"{recipe.backbone} cannot train on images of {size} pixels in batches of "
            f"{training.batch_size} ({error}); change data.size or training.batch_size"
        ) from error
    chosen = wanted[0] if len(wanted) == 1 else better(*speeds)
    speed = speeds[wanted.index(chosen)]
    return Measured(chosen, speed.training, speed.prediction, on_features)

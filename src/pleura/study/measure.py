"""What a recipe's network costs here, measured shortly before a study is planned."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from pleura.errors import InputError
from pleura.files import digest_of, write_text
from pleura.models.classifier import HEAD
from pleura.study.schema import Recipe, Training
from pleura.train.phase import Phase
from pleura.train.precision import better, make_fabric, measure
from pleura.transfer.build import build_model
from pleura.transfer.listed import make_strategy
from pleura.transfer.truncation import is_search


@dataclass(frozen=True)
class Measured:
    """A network's precision, and its milliseconds an image."""

    precision: str
    training_ms: float
    prediction_ms: float


@dataclass(frozen=True)
class Needs:
    """How a recipe trains, and where its weights come from.

    `on_features`: a head on frozen features alone, which can be shared; `probed`: such a head
    comes first.
    """

    on_features: bool
    probed: bool
    provenance: str


def needs_of(recipe: Recipe) -> Needs:
    """Build a recipe's model once, before anything else is done.

    Raises InputError where strategy, backbone or weights do not fit, PleuraError for a failed
    download.
    """
    spec = recipe.model_dump()
    if is_search(make_strategy(recipe.strategy)):
        spec["strategy"] = "fine_tuning"
    built = build_model(spec, n_classes=2, seed=0)
    phases = built.strategy.phases(built.classifier)
    on_features = all(_on_features(phase) for phase in phases)
    return Needs(
        on_features,
        probed=not on_features and phases[0].to_convergence,
        provenance=f"{recipe.backbone} from {built.provenance.name}",
    )


def measure_network(
    backbone: str,
    training: Training,
    *,
    trained: bool,
    size: int,
    accelerator: str,
    known: Path | None,
) -> Measured:
    """Measure a backbone from random weights, whole or frozen; remembered in the file `known`.

    The precision is part of every key, so a study keeps to what was measured at its start.
    """
    question = {
        "backbone": backbone,
        "trained": trained,
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
        measured = _measure(backbone, training, trained, size, accelerator)
        answers[key] = {"question": question, "answer": asdict(measured)}
        if known:
            write_text(known, json.dumps(answers, indent=1))
    return Measured(**answers[key]["answer"])


def _on_features(phase: Phase) -> bool:
    return phase.trains == frozenset({HEAD}) and not phase.augmented


def _measure(
    backbone: str, training: Training, trained: bool, size: int, accelerator: str
) -> Measured:
    torch.manual_seed(0)
    strategy = "fine_tuning" if trained else "feature_extraction"
    spec = {"backbone": backbone, "weights": "random", "strategy": strategy}
    wanted: list[str] = ["fp32", "bf16"]
    if not trained:
        # A head can fit the rounding of bf16 features, which no other precision repeats.
        wanted = ["fp32"]
    elif training.precision != "auto":
        wanted = [training.precision]
    built = [build_model(spec, n_classes=2, seed=0) for _ in wanted]
    candidates = [
        (model.classifier, make_fabric(accelerator, precision))
        for model, precision in zip(built, wanted, strict=True)
    ]
    (phase,) = built[0].strategy.phases(built[0].classifier)
    try:
        speeds = measure(candidates, phase, size=size, batch_size=training.batch_size)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise InputError(
            f"{backbone} cannot train on images of {size} pixels in batches of "
            f"{training.batch_size} ({error}); change data.size or training.batch_size"
        ) from error
    chosen = wanted[0] if len(wanted) == 1 else better(*speeds)
    speed = speeds[wanted.index(chosen)]
    return Measured(chosen, speed.training, speed.prediction)

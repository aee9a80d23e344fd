"""The plan of a study: a graph of steps that shares what recipes have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pleura.data.bank import Bank
from pleura.data.manifest import Manifest
from pleura.data.split import Split
from pleura.files import digest_file, digest_of
from pleura.study.kinds import features, fit, head, outcome, pixels
from pleura.study.measure import Measured
from pleura.study.schema import Recipe, StudyFile
from pleura.study.step import Step
from pleura.tasks.pixels import baselines
from pleura.train.loop import FitSettings
from pleura.transfer.listed import make_strategy

KINDS = {
    "features": features,
    "fit": fit,
    "head": head,
    "outcome": outcome,
    "pixels": pixels,
}


@dataclass(frozen=True)
class Plan:
    """All steps in an order in which they can run; `outcomes` are those the tables are made of."""

    steps: tuple[Step, ...]

    @property
    def outcomes(self) -> tuple[Step, ...]:
        """One step for each recipe or baseline, fold, seed and fraction."""
        return tuple(step for step in self.steps if step.kind == "outcome")

    def missing(self, folder: Path) -> tuple[Step, ...]:
        """Steps that are not finished in the folder of steps."""
        return tuple(step for step in self.steps if not step.is_done(folder))


@dataclass(frozen=True)
class Draw:
    """One training situation: which patients, by fold, seed and fraction.

    `spec` is what a training may depend on; `manifest`, the key of names and patients, is for
    tables only.
    """

    fold: int
    seed: int
    fraction: float
    spec: Mapping[str, Any]
    manifest: str

    @property
    def title(self) -> str:
        """For people: `10 %, seed 0` and the fold where there are several."""
        fold = f", fold {self.fold}" if self.spec["folds"] > 1 else ""
        return f"{self.fraction:.0%}, seed {self.seed}{fold}"


def make_plan(
    study: StudyFile,
    manifest: Manifest,
    bank: Bank,
    split: Split,
    measured: Mapping[str, Measured],
) -> Plan:
    """Plan a study; `measured` holds for each recipe its precision and its kind of training."""
    steps: dict[str, Step] = {}
    draws = [
        _draw(manifest, bank, split, fold, seed, fraction)
        for fraction in study.fractions
        for fold in range(split.folds)
        for seed in study.seeds_at(fraction)
    ]
    for draw in draws:
        for name, recipe in study.recipes.items():
            _add(steps, _recipe(study, name, recipe, measured[name], bank, draw))
        for baseline in baselines(len(study.tune.rates)):
            trials = tuple(
                _step(
                    "pixels",
                    f"{baseline.name}, {draw.title}, {baseline.knob} {value:g}",
                    {**draw.spec, "baseline": baseline.name, "value": value},
                )
                for value in baseline.values
            )
            _add(steps, _outcome(baseline.name, baseline.knob, draw, trials))
    return Plan(tuple(steps.values()))


def _recipe(
    study: StudyFile, name: str, recipe: Recipe, measured: Measured, bank: Bank, draw: Draw
) -> Step:
    training = study.training
    balanced = training.class_weights == "balanced"
    model = {
        "backbone": recipe.backbone,
        **_weights(recipe.weights),
        "strategy": recipe.strategy,
        "precision": measured.precision,
    }
    if measured.on_features:
        # Pretrained features are the same for every seed; random ones are drawn anew.
        seed = draw.seed if recipe.weights == "random" else 0
        spec = {**model, "seed": seed, "bank": bank.key}
        frozen = _step("features", f"features of {recipe.backbone}", spec, recipe=recipe)
        trials = tuple(
            _step(
                "head",
                f"{name}, {draw.title}, L2 penalty {value:g}",
                {**model, **draw.spec, "balanced": balanced, "value": value},
                frozen,
                recipe=recipe,
            )
            for value in sorted(study.tune.penalties)
        )
        return _outcome(name, "L2 penalty", draw, trials)
    settings = training.model_dump(mode="json", include=set(FitSettings.model_fields))
    augmentation = training.augmentation.model_dump() if training.augmentation else None
    common = {"balanced": balanced, "settings": settings, "augmentation": augmentation}
    trials = tuple(
        _step(
            "fit",
            f"{name}, {draw.title}, learning rate {value:g}",
            {**model, **draw.spec, **common, "value": value},
            recipe=recipe,
        )
        for value in study.rates_of(recipe)
    )
    return _outcome(name, "learning rate", draw, trials)


def _outcome(name: str, knob: str, draw: Draw, trials: tuple[Step, ...]) -> Step:
    spec = {**draw.spec, "recipe": name, "knob": knob, "manifest": draw.manifest}
    return _step("outcome", f"{name}, {draw.title}: evaluation", spec, *trials)


def _step(
    kind: str,
    title: str,
    spec: Mapping[str, Any],
    *parents: Step,
    recipe: Recipe | None = None,
) -> Step:
    modules, places = [KINDS[kind].__name__], dict[str, str]()
    if recipe:
        modules.append(type(make_strategy(recipe.strategy)).__module__)
        if Path(recipe.weights).is_absolute():
            places["weights"] = recipe.weights
    return Step(kind, title, spec, tuple(modules), parents, places)


def _add(steps: dict[str, Step], step: Step) -> None:
    for parent in step.parents:
        _add(steps, parent)
    steps.setdefault(step.key, step)


def _draw(
    manifest: Manifest, bank: Bank, split: Split, fold: int, seed: int, fraction: float
) -> Draw:
    parts = split.parts(fold, seed, fraction)
    labels = manifest.labels

    def digest(rows: np.ndarray[Any, np.dtype[np.int64]]) -> str:
        return digest_of([rows.tolist(), labels[rows].tolist()])

    spec = {
        "bank": bank.key,
        "folds": split.folds,
        "fold": fold,
        "seed": seed,
        "fraction": fraction,
        "train": digest(parts.train),
        "validation": digest(parts.validation),
        "test": digest(parts.test),
        "classes": list(manifest.classes),
    }
    return Draw(fold, seed, fraction, spec, manifest.key)


def _weights(weights: str) -> dict[str, str]:
    """Weights as a key knows them: a file by its contents, wherever it lies."""
    if weights in ("random", "imagenet"):
        return {"weights": weights}
    return {"weights": Path(weights).name, "weights_digest": digest_file(Path(weights))}

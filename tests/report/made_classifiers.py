"""Finished studies of classifiers made of random numbers with planted skill, a skill a recipe."""

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from pleura.tables import CENTRE, FRAME

CLASSES = ("NORMAL", "BACTERIA", "VIRUS")
BASELINES = {"pixels: random forest": 0.9, "pixels: logistic regression": 0.7}
RECIPES = {"scratch": 1.0, "fine-tuning": 2.2, "feature extraction": 1.5}
FRACTIONS = (0.1, 1.0)
SEEDS = (0, 1, 2)
# The study whose model is handed over: its skills, what the model is called, and its card.
HANDED_OVER = {"scratch": 1.0, "fine-tuning": 2.2, "pixels: random forest": 3.0}
NAME = "best/ (fine-tuning)"
CARD = {
    "recipe": "fine-tuning",
    "seed": 1,
    "fold": 0,
    "fraction": 1.0,
    "validation_auroc": 0.951,
    "classes": list(CLASSES),
    "calibration": {"temperature": 2.0, "biases": [0.5, -1.0, 0.0]},
}
JUDGED = ("judged_loss", "judged_auroc", "validation_loss", "validation_auroc")


def predictions_table(
    skills: dict[str, float],
    fractions: Sequence[float],
    seeds: Sequence[int],
    classes: Sequence[str],
    patients: int,
) -> pd.DataFrame:
    """Two images a patient; a recipe's logits point to the truth by its skill times sqrt(share)."""
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(patients) % len(classes), 2)
    truth = np.eye(len(classes))[labels]
    difficulty = generator.normal(size=truth.shape)
    tables = []
    for recipe, skill in skills.items():
        for fraction in fractions:
            for seed in seeds:
                noise = 0.7 * difficulty + 0.7 * generator.normal(size=truth.shape)
                logits = truth * skill * (0.6 + 0.4 * fraction) + noise
                table = pd.DataFrame(
                    {
                        "recipe": recipe,
                        "fold": 0,
                        "seed": seed,
                        "fraction": fraction,
                        "part": "test",
                        "image": [f"images/image_{i}.png" for i in range(len(labels))],
                        "patient": [f"p{i // 2}" for i in range(len(labels))],
                        "video": "",
                        "source": "",
                        "label": [classes[int(label)] for label in labels],
                    }
                )
                table[[f"logit_{name}" for name in classes]] = logits
                tables.append(table)
    return pd.concat(tables)


def history(generator: np.random.Generator, epochs: int, skill: float) -> list[dict[str, Any]]:
    """Losses that fall and an AUROC that rises, over two phases."""
    steps = np.arange(1, epochs + 1)
    loss = np.exp(-steps * 0.2 * skill) + 0.05 * generator.random(epochs)
    return [
        {
            "phase": "head" if i < epochs // 3 else "all",
            "epoch": i,
            "loss": float(loss[i]),
            "judged_loss": float(loss[i] * 0.8),
            "validation_loss": float(loss[i] * 0.8 + 0.25 + 0.006 * i),
            "judged_auroc": float(0.97 - 0.3 * loss[i]),
            "validation_auroc": float(0.95 - 0.3 * loss[i]),
            "rate": 1e-3,
        }
        for i in range(epochs)
    ]


def run_rows(
    skills: dict[str, float], fractions: Sequence[float], seeds: Sequence[int], patients: int
) -> pd.DataFrame:
    """The runs table that goes with `predictions_table`."""
    generator = np.random.default_rng(1)
    rows = []
    for recipe, skill in skills.items():
        network = recipe not in BASELINES
        for fraction in fractions:
            for seed in seeds:
                key = {"recipe": recipe, "fold": 0, "seed": seed, "fraction": fraction}
                row: dict[str, Any] = key | {
                    "kind": "recipe" if network else "baseline",
                    "n_train": int(2000 * fraction),
                    "n_validation": int(500 * fraction),
                    "n_test": 2 * patients,
                    "train_seconds": 420 * fraction * skill if network else 1.4,
                    "tuning_seconds": 1300 * fraction * skill if network else 4.2,
                    "trials": json.dumps(
                        [{"rate": r, "validation_auroc": 0.9} for r in (1e-4, 1e-3, 1e-2)]
                    ),
                    "rate": 1e-2 if recipe == "feature extraction" and seed == 0 else 1e-3,
                    "knob": "learning rate" if network else "L2 penalty",
                    "rate_at_edge": recipe == "feature extraction" and seed == 0,
                    "latency_ms": 6.2 if network else 0.8,
                    "device": "cpu",
                    "threads": 2,
                    "step": "ab12",
                }
                if network:
                    origin = {
                        "name": "random" if recipe == "scratch" else "imagenet",
                        "source": "" if recipe == "scratch" else "efficientnet-lite0 wheel",
                        "licence": "" if recipe == "scratch" else "Apache-2.0",
                        "architecture": "tf_efficientnet_lite0",
                        "note": "",
                        "sha256": "0123456789abcdef" * 4,
                    }
                    row |= {
                        "backbone": "tf_efficientnet_lite0",
                        "weights": origin["name"],
                        "strategy": "fine-tuning",
                        "epochs": 20,
                        "converged": not (recipe == "scratch" and fraction == 1),
                        "parameters": 3_374_000,
                        "parameters_trained": 3_374_000 if "ex" not in recipe else 3843,
                        "macs": 72e6,
                        "precision": "fp32",
                        "batch_size": 32,
                        "provenance": json.dumps(origin),
                        "guessing_loss": float(np.log(3)),
                        "history": json.dumps(epochs := history(generator, 20, skill)),
                        "train_loss": epochs[-1]["loss"],
                        **{name: epochs[-1][name] for name in JUDGED},
                    }
                rows.append(row)
    return pd.DataFrame(rows)


def counts(
    fractions: Sequence[float], seeds: Sequence[int], classes: Sequence[str], patients: int
) -> list[dict[str, Any]]:
    """Records of split.json; seeds differ by a patient in training."""
    return [
        {
            "fold": 0,
            "seed": seed,
            "fraction": fraction,
            "part": part,
            "class": name,
            "patients": number + (seed if part == "train" else 0),
            "images": 2 * number,
        }
        for fraction in fractions
        for seed in seeds
        for part, share in (("train", 8 * fraction), ("validation", 2 * fraction), ("test", 1))
        for name in (*classes, "all")
        for number in [int(patients * share / (1 if name == "all" else len(classes)))]
    ]


@functools.cache
def _tables(
    skills: tuple[tuple[str, float], ...],
    fractions: tuple[float, ...],
    seeds: tuple[int, ...],
    classes: tuple[str, ...],
    patients: int,
) -> tuple[str, str]:
    """predictions.csv and runs.csv, which many tests ask for alike."""
    of = dict(skills)
    predictions = predictions_table(of, fractions, seeds, classes, patients)
    runs = run_rows(of, fractions, seeds, patients)
    return predictions.to_csv(index=False), runs.to_csv(index=False)


def write_study(
    folder: Path,
    skills: dict[str, float] | None = None,
    *,
    fractions: Sequence[float] = FRACTIONS,
    seeds: Sequence[int] = SEEDS,
    classes: Sequence[str] = CLASSES,
    patients: int = 120,
    **settings: object,
) -> Path:
    """Write the folder of a finished study; `settings` go into study.yaml."""
    skills = RECIPES | BASELINES if skills is None else skills
    folder.mkdir()
    study = {
        "question": "Does ImageNet help on children's chest X-rays?",
        "reference": "scratch",
        "data": {"manifest": "labels.csv", "size": 96, "fit": "crop"},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study | settings), encoding="utf-8")
    asked = tuple(skills.items()), tuple(fractions), tuple(seeds), tuple(classes), patients
    for name, text in zip(("predictions.csv", "runs.csv"), _tables(*asked), strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    records = counts(fractions, seeds, classes, patients)
    (folder / "split.json").write_text(
        json.dumps({"hash": "5bd1e9", "counts": records}), encoding="utf-8"
    )
    return folder


def hand_over(folder: Path) -> Path:
    """Add to a study of `HANDED_OVER` its model, with the card `CARD`, validation, and parts of the
    image, of which the frame tells all."""
    parts = {"test": 1.0, "validation": 1.0, CENTRE: 0.1, FRAME: 1.0}
    tables = []
    for part, share in parts.items():
        skills = {name: share * skill for name, skill in HANDED_OVER.items()}
        tables.append(predictions_table(skills, (1.0,), SEEDS, CLASSES, 120).assign(part=part))
    pd.concat(tables).to_csv(folder / "predictions.csv", index=False)
    (folder / "best").mkdir()
    (folder / "best" / "model.json").write_text(json.dumps(CARD))
    return folder

"""Finished studies of segmentations, made of random numbers with planted skill."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from PIL import Image

from pleura.evaluate.contours import draw_case
from tests.report.made_classifiers import counts, history

STRUCTURES = ("pleura", "A-line", "B-line")


@dataclass(frozen=True)
class Made:
    """A recipe: `skill` is the logit of its Dice, `stray` a factor on its false-positive area."""

    skill: float
    network: str = "x_unet"
    weights: str = "salient.safetensors"
    strategy: str = "none"
    augmented: bool = True
    masks: str = ""
    stray: float = 1.0
    kind: str = "recipe"


RECIPES = {
    "X-Unet": Made(1.9),
    "X-Unet, plain": Made(1.55, augmented=False),
    "X-Unet, sparse": Made(1.85, masks="mask_sparse", stray=2.2),
    "X-Unet, random": Made(1.4, weights="random"),
    "V-Unet": Made(2.1, "v_unet", "imagenet", "encoder_then_all"),
    "V-Unet, plain": Made(2.05, "v_unet", "imagenet", "encoder_then_all", augmented=False),
}
SMALL = {name: RECIPES[name] for name in ("X-Unet", "X-Unet, plain", "X-Unet, sparse")}


def cases_table(
    recipes: Mapping[str, Made],
    fractions: Sequence[float],
    seeds: Sequence[int],
    structures: Sequence[str],
    patients: int,
    unit: str,
) -> pd.DataFrame:
    """Two images a patient of two hospitals; the last structure is absent from every other one."""
    generator = np.random.default_rng(0)
    n = 2 * patients
    ease = np.repeat(generator.normal(size=(patients, 1)), 2, axis=0)
    ease = 0.6 * ease + 0.3 * generator.normal(size=(n, len(structures)))
    size = generator.uniform(0.02, 0.1, (n, len(structures)))
    there = np.ones((n, len(structures)), dtype=bool)
    if len(structures) > 1:
        there[1::2, -1] = False
    tables = []
    for recipe, made in recipes.items():
        for fraction in fractions:
            for seed in seeds:
                logit = made.skill + 0.5 * np.log(fraction) + ease
                logit = logit + 0.15 * generator.normal() + 0.3 * generator.normal(size=ease.shape)
                dice = 1 / (1 + np.exp(-logit))
                drawn = there | (generator.random(ease.shape) < 0.2)
                distance = np.where(there, 40 * (1 - dice) ** 1.5, np.nan)
                pieces = generator.poisson(0.5 * (2 - dice), ease.shape)
                columns = {
                    "image": np.repeat([f"frames/{i:03d}.png" for i in range(n)], len(structures)),
                    "patient": np.repeat([f"p{i // 2:02d}" for i in range(n)], len(structures)),
                    "source": np.repeat(
                        [("East", "West")[i // 2 % 2] for i in range(n)], len(structures)
                    ),
                    "structure": list(structures) * n,
                    "dice": np.where(there, dice, np.nan).ravel(),
                    "iou": np.where(there, dice / (2 - dice), np.nan).ravel(),
                    "hd95": distance.ravel(),
                    "surface_distance": distance.ravel() / 4,
                    "false_positive_area": (drawn * made.stray * size * (1 - dice) / 2).ravel(),
                    "predicted_area": (drawn * size).ravel(),
                    "reference_area": (there * size).ravel(),
                    "components": (there + pieces * drawn).ravel(),
                    "reference_components": there.astype(int).ravel(),
                }
                table = pd.DataFrame(columns)
                table[["recipe", "fold", "seed", "fraction"]] = recipe, 0, seed, fraction
                table[["part", "video", "label", "unit"]] = "test", "", "healthy", unit
                tables.append(table)
    return pd.concat(tables)


def runs_table(
    recipes: Mapping[str, Made], fractions: Sequence[float], seeds: Sequence[int], patients: int
) -> pd.DataFrame:
    """The runs table that goes with `cases_table`."""
    generator = np.random.default_rng(1)
    rows = []
    for recipe, made in recipes.items():
        origin = {"name": made.weights, "source": "own", "licence": "", "note": "", "sha256": ""}
        for fraction in fractions:
            for seed in seeds:
                epochs = history(generator, 12, made.skill / 2)
                for epoch in epochs:
                    epoch["validation_dice"] = epoch.pop("validation_auroc")
                row: dict[str, Any] = {
                    "recipe": recipe,
                    "fold": 0,
                    "seed": seed,
                    "fraction": fraction,
                    "kind": made.kind,
                    "backbone": made.network,
                    "weights": made.weights,
                    "strategy": made.strategy,
                    "augmented": str(made.augmented).lower(),
                    "masks": made.masks,
                    "n_train": int(400 * fraction),
                    "n_validation": int(100 * fraction),
                    "n_test": 2 * patients,
                    "trials": json.dumps(
                        [{"rate": r, "validation_dice": 0.8} for r in (5e-4, 1.5e-3, 5e-3)]
                    ),
                    "rate": 1.5e-3,
                    "knob": "learning rate",
                    "rate_at_edge": "false",
                    "converged": str(recipe != "V-Unet").lower(),
                    "epochs": 12,
                    "train_seconds": 100 * fraction,
                    "tuning_seconds": 300 * fraction,
                    "parameters": 1_940_000,
                    "parameters_trained": 1_940_000,
                    "macs": 2.1e9,
                    "latency_ms": 12.5,
                    "precision": "fp32",
                    "device": "cpu",
                    "provenance": json.dumps(origin),
                    "history": json.dumps(epochs),
                }
                rows.append(row)
    return pd.DataFrame(rows)


def blobs(generator: np.random.Generator, shift: int, n: int = 64) -> NDArray[np.uint8]:
    """A mask with an ellipse of each structure, moved aside by about `shift` pixels."""
    y, x = np.indices((n, n)) / n
    mask = np.zeros((n, n), dtype=np.uint8)
    for number in range(1, len(STRUCTURES) + 1):
        down, right = generator.normal(size=2) * shift / n
        inside = ((y - 0.25 * number - down) / 0.08) ** 2 + ((x - 0.5 - right) / 0.3) ** 2 < 1
        mask[inside] = number
    return mask


def write_overlays(folder: Path, cases: pd.DataFrame) -> None:
    """Three pictures a recipe at its largest fraction and first seed."""
    panels = folder / "panels"
    panels.mkdir()
    generator = np.random.default_rng(2)
    here = cases[(cases["fraction"] == cases["fraction"].max()) & (cases["seed"] == 0)]
    rows = []
    keys = ["recipe", "fraction", "seed", "fold", "image", "patient", "label"]
    for number, (_, mine) in enumerate(here.groupby("recipe", sort=False)):
        ranked = mine.groupby(keys)["dice"].mean().sort_values().reset_index()
        for rank, at in (("best", -1), ("median", len(ranked) // 2), ("worst", 0)):
            name = f"overlay_{number}_{rank}.png"
            shift = {"best": 0, "median": 2, "worst": 6}[rank]
            pixels = generator.integers(20, 160, (64, 64), dtype=np.uint8)
            still, moved = blobs(generator, 0), blobs(generator, shift)
            Image.fromarray(draw_case(pixels, still, moved, STRUCTURES)).save(panels / name)
            rows.append({**ranked.iloc[at].to_dict(), "rank": rank, "file": name})
    pd.DataFrame(rows).to_csv(panels / "overlays.csv", index=False)


def write_study(
    folder: Path,
    recipes: Mapping[str, Made] = RECIPES,
    *,
    fractions: Sequence[float] = (0.125, 0.5, 1.0),
    seeds: Sequence[int] = (0, 1, 2),
    structures: Sequence[str] = STRUCTURES,
    patients: int = 40,
    unit: str = "mm",
    overlays: bool = True,
    **settings: object,
) -> Path:
    """Write the folder of a finished study; `settings` go into study.yaml."""
    folder.mkdir()
    study = {
        "task": "segmentation",
        "question": "Which U-Net finds the lines of lung ultrasound?",
        "reference": next(iter(recipes)),
        "metric": "dice",
        "data": {"manifest": "frames.csv", "size": 128, "fit": "crop", "masks": {"column": "mask"}},
        "recipes": {
            name: {
                "network": made.network,
                "weights": made.weights,
                "freeze": made.strategy,
                "rates": None,
                "augmented": made.augmented,
                "masks": {"column": made.masks} if made.masks else None,
            }
            for name, made in recipes.items()
        },
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study | settings), encoding="utf-8")
    cases = cases_table(recipes, fractions, seeds, structures, patients, unit)
    cases.to_csv(folder / "cases.csv", index=False)
    runs_table(recipes, fractions, seeds, patients).to_csv(folder / "runs.csv", index=False)
    records = counts(fractions, seeds, ("healthy",), patients)
    (folder / "split.json").write_text(
        json.dumps({"hash": "5bd1e9", "counts": records}), encoding="utf-8"
    )
    (folder / "evaluations.json").write_text('{"outcomes": 80}')
    (folder / "environment.json").write_text('{"torch": "2.13.0", "processor": "2 cores"}')
    (folder / "best").mkdir()
    card = {"recipe": next(iter(recipes)), "seed": 0, "fold": 0, "fraction": 1.0}
    (folder / "best" / "model.json").write_text(json.dumps(card | {"validation_dice": 0.87}))
    if overlays:
        write_overlays(folder, cases)
    return folder

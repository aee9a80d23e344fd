"""A study's folder with a model in `best`, made by hand: nothing is trained."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image

from pleura.data.bank import build_bank
from pleura.deploy.likeness import channels_of, fit_likeness, logits_and_features
from pleura.deploy.weights import save_model
from pleura.transfer.build import build_model

SPEC = {"backbone": "squeezenet1_0", "strategy": "fine_tuning"}
CLASSES = ("ill", "well")
SIZE = 32
PARTS = {"train": range(8), "validation": range(8, 16), "test": range(16, 24)}
CALIBRATION = {
    "temperature": 1.0,
    "biases": [0.0, 0.0],
    "images": 16,
    "patients": 8,
    "prevalence": {"ill": 0.5, "well": 0.5},
}


def draw(folder: Path, names: list[str], seed: int = 0) -> list[str]:
    """Images of random shapes, that no two patients share."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    for name in names:
        coarse = random.integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(coarse).resize((40, 40), Image.Resampling.BICUBIC).save(folder / name)
    return names


def write_table(folder: Path, patients: list[str], seed: int, **columns: list[Any]) -> Path:
    """A table of two images of each of the patients, who are ill and well in turn."""
    names = [f"{at}_{view}.png" for at in range(len(patients)) for view in (0, 1)]
    draw(folder, names, seed)
    table = pd.DataFrame(
        {
            "image": names,
            "label": [CLASSES[at // 2 % 2] for at in range(len(names))],
            "patient": [patients[at // 2] for at in range(len(names))],
            **columns,
        }
    )
    table.to_csv(folder / "images.csv", index=False)
    return folder / "images.csv"


def make_study(folder: Path) -> Path:
    """A study's folder with what an evaluation reads of it; its model lies in `best`."""
    patients = [f"P{at}" for at in range(24)]
    manifest = write_table(folder / "home", patients, seed=1)
    table = pd.read_csv(manifest, dtype=str)
    study = folder / "run"
    images = [str(manifest.parent / name) for name in table["image"]]
    bank = build_bank(images, study / "bank", size=SIZE)
    network = build_model({**SPEC, "weights": "random"}, n_classes=2, seed=4).classifier.eval()
    pixels = torch.from_numpy(bank.read(np.arange(len(bank))))[:, None] / 255
    logits, features = logits_and_features(network, pixels)
    known = fit_likeness(features[:16], features[16:32], channels_of(network.backbone))
    best = study / "best"
    card = {
        **SPEC,
        "task": "classification",
        "recipe": "tuned",
        "question": "ill?",
        "classes": list(CLASSES),
        "size": SIZE,
        "fit": "crop",
        "seed": 0,
        "fold": 0,
        "fraction": 1.0,
        "step": "k" * 64,
        "calibration": CALIBRATION,
    }
    save_model(best, network, card | {"likeness": known.save(best, "k")})
    of_patient = {f"P{at}": part for part, its in PARTS.items() for at in its}
    rows = pd.DataFrame(
        {
            "recipe": "tuned",
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": table["patient"].map(of_patient),
            "image": table["image"],
            "patient": table["patient"],
            "label": table["label"],
            **{f"logit_{name}": logits[:, at] for at, name in enumerate(CLASSES)},
        }
    )
    rows[rows["part"] != "train"].to_csv(study / "predictions.csv", index=False)
    named = {part: [f"P{at}" for at in its] for part, its in PARTS.items()}
    step = {"fraction": 1.0, "adds_train": named["train"], "adds_validation": named["validation"]}
    fold = {"fold": 0, "test": named["test"], "draws": [{"seed": 0, "fractions": [step]}]}
    (study / "split.json").write_text(json.dumps({"folds": [fold]}))
    (study / "study.yaml").write_text(
        f"question: ill?\ndata: {{manifest: {manifest}, classes: [ill, well], size: {SIZE}}}\n"
        "split: {test: 0.3}\nreference: tuned\n"
        "recipes: {tuned: {backbone: squeezenet1_0, weights: random}}\n"
    )
    return study

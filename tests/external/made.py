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
FRAMES = {"number": 2, "sector": False}  # of each clip
SEEN = (1, 3)  # of five frames
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


def write_clips(folder: Path, patients: list[str], seed: int, frames: int = 5) -> Path:
    """A table of two clips of each of the patients, who are ill and well in turn."""
    table = pd.read_csv(write_table(folder, patients, seed), dtype=str)
    random = np.random.default_rng(seed)
    for name in table["image"]:
        coarse = random.integers(0, 255, (frames, 8, 8), dtype=np.uint8)
        shown = [
            Image.fromarray(each).resize((40, 40), Image.Resampling.BICUBIC) for each in coarse
        ]
        first, *others = shown
        clip = (folder / name).with_suffix(".gif")
        first.save(clip, save_all=True, append_images=others, duration=100)
        (folder / name).unlink()
    table.assign(image=table["image"].str.replace(".png", ".gif")).to_csv(
        folder / "images.csv", index=False
    )
    return folder / "images.csv"


def make_study(folder: Path, *, clips: bool = False) -> Path:
    """A study's folder with what an evaluation reads of it; its model lies in `best`. With `clips`
    it is of clips, of each of which `FRAMES` are seen."""
    patients = [f"P{at}" for at in range(24)]
    write = write_clips if clips else write_table
    manifest = write(folder / "home", patients, seed=1)
    table = pd.read_csv(manifest, dtype=str)
    if clips:
        table = table.loc[table.index.repeat(len(SEEN))].reset_index(drop=True)
        table = table.assign(video=table["image"])
        table["image"] += [f"::{number}" for _ in range(48) for number in SEEN]
    study = folder / "run"
    images = [str(manifest.parent / name) for name in table["image"]]
    bank = build_bank(images, study / "bank", size=SIZE)
    network = build_model({**SPEC, "weights": "random"}, n_classes=2, seed=4).classifier.eval()
    pixels = torch.from_numpy(bank.read(np.arange(len(bank))))[:, None] / 255
    logits, features = logits_and_features(network, pixels)
    part = len(table) // 3
    known = fit_likeness(features[:part], features[part : 2 * part], channels_of(network.backbone))
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
        **({"frames": FRAMES} if clips else {}),
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
            "source": "",
            **({"video": table["video"]} if clips else {}),
            **{f"logit_{name}": logits[:, at] for at, name in enumerate(CLASSES)},
        }
    )
    rows[rows["part"] != "train"].to_csv(study / "predictions.csv", index=False)
    named = {part: [f"P{at}" for at in its] for part, its in PARTS.items()}
    step = {"fraction": 1.0, "adds_train": named["train"], "adds_validation": named["validation"]}
    fold = {"fold": 0, "test": named["test"], "draws": [{"seed": 0, "fractions": [step]}]}
    (study / "split.json").write_text(json.dumps({"folds": [fold]}))
    frames = f", frames: {json.dumps(FRAMES)}" if clips else ""
    data = f"{{manifest: {manifest}, classes: [ill, well], size: {SIZE}{frames}}}"
    (study / "study.yaml").write_text(
        f"question: ill?\ndata: {data}\n"
        "split: {test: 0.3}\nreference: tuned\n"
        "recipes: {tuned: {backbone: squeezenet1_0, weights: random}}\n"
    )
    return study

"""Finished studies made of tables of predictions, with all that a comparison reads of a folder."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from pleura.tables import KEYS, RUN_COLUMNS

CLASSES = ("ill", "well")
RECIPES = {"frozen": 1.0, "tuned": 2.0}


def predictions(
    patients: Iterable[str],
    strengths: Mapping[str, float] = RECIPES,
    *,
    seeds: Iterable[int] = (0, 1),
    folds: int = 1,
    fractions: Iterable[float] = (1.0,),
    draw: int = 0,
) -> pd.DataFrame:
    """Two images a patient, ill and well in turn; a recipe's logits hold the truth with its
    strength, plus noise that follows from the patient's name and the `draw`."""
    names = np.repeat(list(patients), 2)
    images = [f"{name}_{at % 2}.png" for at, name in enumerate(names)]
    ill = np.array([int(name.lstrip("Pp")) % 2 == 0 for name in names])
    tables = []
    for recipe, strength in strengths.items():
        for fraction in fractions:
            for seed in seeds:
                key = [f"{recipe} {fraction} {seed} {draw} {image}" for image in images]
                noise = np.array([_normal(each) for each in key])
                shared = np.array([_normal(image) for image in images])
                logits = strength * np.where(ill, 1, -1) / 2 + 0.7 * noise + 0.7 * shared
                table = pd.DataFrame(
                    {
                        "recipe": recipe,
                        "fold": [int(name.lstrip("Pp")) // 2 % folds for name in names],
                        "seed": seed,
                        "fraction": fraction,
                        "part": "test",
                        "image": images,
                        "patient": names,
                        "video": "",
                        "source": "",
                        "label": np.where(ill, *CLASSES),
                        "logit_ill": logits,
                        "logit_well": 0.0,
                    }
                )
                tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _normal(text: str) -> float:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")
    return float(np.random.default_rng(seed).normal())


def write_study(
    folder: Path,
    table: pd.DataFrame,
    *,
    learned: Mapping[int, Iterable[str]] = {},
    content: Callable[[str], str] | None = lambda name: f"content of {name}",
    others: Iterable[str] = (),
    **settings: Any,
) -> Path:
    """Write the folder of a finished study with a `table` of predictions, or of cases.

    `learned`: the patients of whom it learned, by fold; `content`: what the file of an image holds,
    None without decoded images; `others`: images in its data that do not test.
    """
    folder.mkdir(parents=True)
    study: dict[str, Any] = {
        "question": "Who is ill?",
        "reference": table["recipe"].iloc[0],
        "data": {"manifest": "/data/images.csv", "size": 48},
        "training": {"epochs": 4},
        "recipes": {name: {"strategy": name} for name in RECIPES},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study | settings), encoding="utf-8")
    name = "cases.csv" if "structure" in table else "predictions.csv"
    table.to_csv(folder / name, index=False)
    tested = table[table["part"] == "test"]
    sizes = tested.groupby([*KEYS], sort=False)["image"].nunique().rename("n_test").reset_index()
    runs = sizes.reindex(columns=[*dict.fromkeys([*KEYS, *RUN_COLUMNS])])
    runs = runs.assign(kind=np.where(runs["recipe"].str.startswith("pixels"), "baseline", "recipe"))
    runs.assign(augmented="no", masks="").to_csv(folder / "runs.csv", index=False)
    count = dict.fromkeys(("fold", "seed", "fraction", "patients", "images"), 1)
    counts = [{**count, "part": "test", "class": "all"}]
    folds = [
        {
            "fold": int(str(fold)),
            "test": sorted(set(rows["patient"])),
            "draws": [{"seed": 0, "fractions": [_step(learned.get(int(str(fold)), ()))]}],
        }
        for fold, rows in tested.groupby("fold")
    ]
    (folder / "split.json").write_text(json.dumps({"counts": counts, "folds": folds}))
    if content is not None:
        (folder / "bank").mkdir()
        every = [*tested["image"].unique(), *others]
        noted = {f"/data/{image}": [1, 1, 1, _digest(content(image))] for image in every}
        (folder / "bank" / "digests.json").write_text(json.dumps(noted))
    return folder


def _step(names: Iterable[str]) -> dict[str, Any]:
    *train, last = [*names, ""]
    return {"fraction": 1.0, "adds_train": train, "adds_validation": [last] if last else []}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def patients(first: int, last: int) -> list[str]:
    """`P1` and so on, without the last."""
    return [f"P{number}" for number in range(first, last)]

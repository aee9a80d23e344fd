"""A finished study in which one recipe needs the lungs, and one cheats."""

from pathlib import Path

import numpy as np
import pandas as pd

from pleura.evaluate.attention import ATTENTION, METHODS
from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Findings
from pleura.report.sections.lungs.dependence import LungFindings, find_lungs
from pleura.tables import ELSEWHERE, LOGIT, LUNGS, NO_LUNGS
from tests.report.conftest import find
from tests.report.made_classifiers import CLASSES

Found = tuple[ClassifierFolder, Findings, LungFindings]
SKILLS = {"honest": 3.0, "cheat": 3.0, "weak": 0.0}
KEPT = {  # share of the logits that is left of what is shown, the rest is noise
    "honest": {NO_LUNGS: 0.0, ELSEWHERE: 1.0, LUNGS: 1.0},
    "cheat": {NO_LUNGS: 1.0, ELSEWHERE: 0.0, LUNGS: 0.0},
    "weak": {NO_LUNGS: 1.0, ELSEWHERE: 1.0, LUNGS: 1.0},
}
INSIDE = {"honest": 0.6, "cheat": 0.1, "weak": 0.3}
AREA = 0.3


def hide_lungs(folder: Path, doubtful: float) -> None:
    """Add predictions with lungs hidden and heat maps; of the first patients, all but the last
    twentieth, lungs are known, and of a share their masks are doubtful."""
    generator = np.random.default_rng(4)
    table = pd.read_csv(folder / "predictions.csv")
    number = table["patient"].str[1:].astype(int)
    known = table[number < 0.95 * (number.max() + 1)]
    logits = [f"{LOGIT}{name}" for name in CLASSES]
    parts = []
    for part in (NO_LUNGS, ELSEWHERE, LUNGS):
        kept = known["recipe"].map({recipe: of[part] for recipe, of in KEPT.items()})
        noise = generator.normal(size=(len(known), len(logits)))
        values = known[logits].mul(kept, axis=0) + noise * (1 - kept.to_numpy()[:, None])
        parts.append(known.assign(part=part, **{name: values[name] for name in logits}))
    pd.concat([table, *parts]).to_csv(folder / "predictions.csv", index=False)
    maps = pd.concat([known.assign(method=method) for method in METHODS])
    inside = maps["recipe"].map(INSIDE) + generator.normal(0, 0.05, len(maps))
    maps = maps.assign(
        predicted=maps["label"],
        cut="block3",
        grid=np.where(maps["method"] == METHODS[0], 14, 7),
        inside=inside.clip(0, 1).where(np.arange(len(maps)) > 0),
        area=AREA,
        pointing=(inside > generator.random(len(maps))).astype(float),
        doubtful=maps["patient"].str[1:].astype(int) < doubtful * 100,
        overlap=0.12,
    )
    maps[list(ATTENTION)].to_csv(folder / "attention.csv", index=False)


def picture(folder: Path, recipe: str, file: str = "attention_0.svg") -> None:
    """One picture of a recipe, with its table."""
    (folder / "panels").mkdir(exist_ok=True)
    (folder / "panels" / file).write_text('<svg xmlns="http://www.w3.org/2000/svg"></svg>')
    row: dict[str, object] = {
        "recipe": recipe,
        "file": file,
        "image": "/data/a.png",
        "patient": "NA",
    }
    row |= {"label": "VIRUS", "predicted": "NORMAL", "probability": 0.9, "hit": False}
    row |= {"inside": 0.41, "area": 0.3, "overlap": 0.1, "doubtful": True}
    table = pd.DataFrame([row])
    table.to_csv(folder / "panels" / "attention_panels.csv", index=False)


def looked(folder: Path) -> Found:
    """The study of a folder, what it shows, and what it shows of the lungs."""
    contents = read_classifiers(folder)
    findings = find(contents)
    lungs = find_lungs(contents, findings)
    assert lungs
    return contents, findings, lungs

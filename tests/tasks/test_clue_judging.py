"""Which clues are judged, on whom, and what the tables say of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.data.bank import build_bank
from pleura.data.lung_regions import GIVEN, Lungs
from pleura.data.manifest_file import read_manifest
from pleura.evaluate.clue_strength import BACKGROUND, CLASS, EMPTY, OUTER, by_clue
from pleura.tasks import clue_forests
from pleura.tasks.clue_judging import ClueImages, Target, judged

SIDE = 32


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClueImages:
    """48 images, whose lungs, a square in the middle, are bright in class b and known of 40.

    The age is recorded for class a alone.
    """
    monkeypatch.setattr(clue_forests, "TREES", 30)
    random = np.random.default_rng(0)
    rows = []
    for number in range(48):
        label = "ab"[number % 2]
        pixels = random.normal(100, 20, (SIDE, SIDE))
        pixels[8:24, 8:24] += 80 if label == "b" else 0
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(tmp_path / f"{number}.png")
        rows.append((f"{number}.png", label, f"p{number}", "50" if label == "a" else ""))
    table = pd.DataFrame(rows, columns=["image", "label", "patient", "age"])
    table.to_csv(tmp_path / "images.csv", index=False)
    manifest = read_manifest(tmp_path / "images.csv")
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=SIDE)
    masks = np.zeros((40, SIDE, SIDE), dtype=np.bool_)
    masks[:, 6:26, 6:26] = True
    lungs = Lungs(np.arange(40), masks, np.zeros(40, dtype=np.bool_), GIVEN)
    return ClueImages.of(manifest, bank, Target(manifest.classes, manifest.labels), [], lungs)


def test_what_is_in_the_lungs_alone_is_not_told_without_them(images: ClueImages) -> None:
    table = pd.concat(judged(images, np.arange(24), np.arange(24, 48), seed=0, threads=1))
    found = by_clue(table.assign(fold=0, seed=0, fraction=1.0))
    macro = found[found["class"] == "macro"]
    areas = dict(zip(macro["clue"], macro["value"], strict=True))
    assert areas["whole image"] == areas["age"] == areas[EMPTY] == 1
    assert areas[BACKGROUND] < 0.85
    # The lungs of 8 images are not known.
    assert dict(zip(macro["clue"], macro["images"], strict=True))[BACKGROUND] == 16


def test_a_clue_that_cannot_be_learned_is_left_out(images: ClueImages) -> None:
    assert images.lungs is not None
    lungs = images.lungs
    for known in (slice(0, 40, 2), slice(24, 40)):  # class a alone; no image that trains
        only = Lungs(lungs.rows[known], lungs.masks[known], lungs.doubtful[known], GIVEN)
        few = ClueImages(images.manifest, images.bank, images.targets, only)
        tables = judged(few, np.arange(24), np.arange(24, 48), seed=0, threads=1)
        clues = {table["recipe"].iloc[0] for table in tables}
        assert OUTER in clues
        assert BACKGROUND not in clues


def test_images_without_a_label_neither_teach_nor_are_asked(images: ClueImages) -> None:
    labels = images.manifest.labels.copy()
    labels[[0, 30, 31]] = -1
    target = {CLASS: Target(images.manifest.classes, labels)}
    few = ClueImages(images.manifest, images.bank, target)
    table = next(iter(judged(few, np.arange(24), np.arange(24, 48), seed=0, threads=1)))
    assert set(images.manifest.names([30, 31])) & set(table["image"]) == set()
    assert len(table) == 22

"""The step that shows where a network looks."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from pleura.study.context import quiet
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import heatmaps
from pleura.study.steps.heatmaps import choose
from tests.conftest import MakeImages
from tests.study.trained import trained_run

METHODS = ("Grad-CAM", "HiRes-CAM")


@pytest.mark.parametrize("strategy", ["fine_tuning", {"truncation": {"at": "blocks.0"}}])
def test_pictures_and_table(
    make_images: MakeImages,
    tmp_path: Path,
    strategy: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heatmaps, "DRAWS", 3)
    context, outcome = trained_run(make_images(patients=24), tmp_path, strategy=strategy)
    step = Step("heatmaps", "heat maps", {}, {}, (outcome,))
    heatmaps.KIND.perform(step, context, quiet)
    assert step.is_done(context.steps)
    stale = tmp_path / "panels" / "heatmap_old_0.svg"
    stale.parent.mkdir()
    stale.touch()
    heatmaps.KIND.collect(Plan((step,), open=False), context)
    assert not stale.exists()
    table = pd.read_csv(tmp_path / "panels" / "heatmaps.csv")
    assert 2 <= len(table) <= 8
    assert table["patient"].is_unique
    assert ((table["label"] == table["predicted"]) == table["hit"]).all()
    test = context.manifest.table.iloc[context.split.parts(0, 1, 1.0).test]
    assert set(table["patient"]) <= set(test["patient"])
    assert (table["recipe"] == "full").all()
    last = "head" if strategy == "fine_tuning" else "blocks.0"
    assert (table[["cut", "last_cut"]] == ["blocks.0", last]).all(axis=None)
    assert (table["grid"] == 16).all()
    assert table["correlation_with_random"].dropna().between(-1, 1).all()
    for _, row in table.iterrows():
        picture = ElementTree.parse(tmp_path / "panels" / row["file"])
        titles = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
        of = row["predicted"]
        other = f"{'ab'[of == 'a']} ({'next' if row['hit'] else 'true'})"
        # The map at the cut called head has 4 x 4 positions: it is not shown.
        shown = METHODS[1:] if last == "head" else METHODS
        assert titles == ["Image", *(f"{m}: {of}" for m in shown), f"{METHODS[1]}: {other}"]


def test_without_a_map_of_seven_positions_there_is_no_picture(
    make_images: MakeImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, outcome = trained_run(make_images(patients=24), tmp_path, size=64)
    monkeypatch.setattr(heatmaps, "LEAST", 17)
    step = Step("heatmaps", "heat maps", {}, {}, (outcome,))
    heatmaps.KIND.perform(step, context, quiet)
    heatmaps.KIND.collect(Plan((step,), open=False), context)
    assert not list((tmp_path / "panels").glob("*.svg"))
    table = pd.read_csv(tmp_path / "panels" / "heatmaps.csv")
    assert table["file"].isna().all()
    assert table["correlation_with_random"].notna().any()


def predictions(sureness: float) -> pd.DataFrame:
    """Two images each of 60 patients of three classes; every fourth is a miss."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(60) % 3, 2)
    wrong = np.repeat(np.arange(60) % 4 == 0, 2)
    logits = np.eye(3)[np.where(wrong, (labels + 1) % 3, labels)] * sureness
    logits *= random.uniform(0.5, 1, (120, 1))
    table = pd.DataFrame(logits, columns=["logit_a", "logit_b", "logit_c"])
    table["image"] = [f"{i}.png" for i in range(120)]
    table["patient"] = [f"p{i // 2}" for i in range(120)]
    table["label"] = ["abc"[i] for i in labels]
    return table


def test_sure_ones_of_every_class_one_a_patient() -> None:
    shown = choose(predictions(9), "abc")
    assert list(shown["hit"]) == [True] * 4 + [False] * 4
    assert shown["patient"].is_unique
    for _, some in shown.groupby("hit"):
        assert set(some["label"]) == set("abc")
    logits = predictions(9).set_index("image").filter(like="logit").max(axis=1)
    # Logits run from 4.5 to 9.
    assert (logits[shown["image"]] > 6).all()
    misses = shown[~shown["hit"]]
    assert (misses["rival"] == misses["label"]).all()
    assert (shown["rival"] != shown["predicted"]).all()


def test_recipes_that_agree_show_the_same_images() -> None:
    shuffled = predictions(3).sample(frac=1, random_state=0)
    assert list(choose(predictions(9), "abc")["image"]) == list(choose(shuffled, "abc")["image"])


def test_a_recipe_without_misses_shows_hits() -> None:
    table = predictions(9)
    table["label"] = ["abc"[i] for i in table.filter(like="logit").to_numpy().argmax(axis=1)]
    assert list(choose(table, "abc")["hit"]) == [True] * 4

"""Every listed strategy in one study: it runs, stands in the tables, can be handed over."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pleura
from pleura.evaluate.calibration import fit_map
from pleura.models.build import cuts_of
from pleura.study.run import Result, Study
from pleura.study.steps import depth, features, fit, head
from pleura.tables import UNRANKED
from pleura.tasks import pixels
from pleura.transfer.listed import STRATEGIES
from tests.conftest import MakeImages
from tests.networks import SMALL
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")

FOREST, LOGISTIC = pixels.FOREST.name, pixels.LOGISTIC.name

NET = {"backbone": SMALL, "weights": "random"}
RECIPES: dict[str, Any] = {
    "fine-tuning": "fine_tuning",
    "frozen": "feature_extraction",
    "frozen, hidden layer": {"feature_extraction": {"hidden": 8}},
    "freezing": {"freezing": {"stages": 1}},
    "probe first": "linear_probe_then_fine_tuning",
    "unfreezing": {"gradual_unfreezing": {"stages": 1}},
    "rates": "layer_wise_rates",
    "L2-SP": "l2_sp",
    "LoRA": "lora",
    "biases": "bitfit",
    "norms": "norm_tuning",
    "TransFusion": {"transfusion": {"at": "middle"}},
    "middle": {"truncation": {"at": "middle"}},
    "searched": {"truncation": {"at": "auto", "best": 2}},
}


def study_of(manifest: Path, *, ranked: bool) -> dict[str, Any]:
    """All strategies, one seed, one trial; if not all are `ranked`, only LoRA is."""
    recipes = {
        name: {"strategy": strategy, "ranked": ranked or name == "LoRA", **NET}
        for name, strategy in RECIPES.items()
    }
    training = {"epochs": 1, "min_steps": 1, "batch_size": 16, "precision": "fp32"}
    small = {"seeds": [0], "fractions": [1.0], "reference": "LoRA", "recipes": recipes}
    tune = {"rates": [1e-3], "penalties": [0.1]}
    return content(manifest) | small | {"training": training, "tune": tune}


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


@pytest.fixture(scope="module")
def finished(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """LoRA is ranked, all others are shown only."""
    study = Study.from_objects(study_of(manifest, ranked=False))
    return study.run(tmp_path_factory.mktemp("study"))


def test_every_strategy_is_in_the_study() -> None:
    named = {next(iter(s)) if isinstance(s, dict) else s for s in RECIPES.values()}
    assert named == set(STRATEGIES), (
        "each strategy needs a recipe in RECIPES of tests/study/test_every_strategy.py, and none "
        "that is not listed may be there"
    )


def test_the_tables_have_a_run_of_each(finished: Result) -> None:
    runs = finished.runs.set_index("recipe")
    assert set(runs.index) == {*RECIPES, FOREST, LOGISTIC}
    assert runs.index.is_unique
    test = finished.predictions.query("part == 'test'")
    assert set(test.groupby("recipe").size()) == {24}
    assert np.isfinite(test[["logit_a", "logit_b"]].to_numpy(float)).all()
    whole, trained = runs["parameters"], runs["parameters_trained"]
    width = cuts_of(SMALL)[-1].channels
    assert whole["fine-tuning"] == trained["fine-tuning"] == whole["freezing"]
    assert trained["frozen"] == 2 * width + 2
    assert trained["frozen, hidden layer"] == 8 * (width + 1) + 2 * 9
    assert (
        trained["frozen"]
        < trained["biases"]
        < trained["LoRA"]
        < trained["freezing"]
        < whole["fine-tuning"]
    )
    # What LoRA has learned is part of the weights: the network is no larger for it.
    assert whole["LoRA"] == whole["fine-tuning"]
    assert whole["middle"] < whole["TransFusion"] < whole["fine-tuning"]
    assert runs["macs"]["middle"] < runs["macs"]["fine-tuning"]


def test_the_search_fine_tunes_the_best_depths_of_its_curve(finished: Result) -> None:
    curve = pd.read_csv(finished.folder / "depths.csv")
    assert list(curve["cut"]) == [cut.name for cut in cuts_of(SMALL) if cut.stage]
    best = set(curve.nlargest(2, "auroc")["cut"])
    assert set(curve.loc[curve["chosen"] == 1, "cut"]) == best
    (run,) = finished.runs.query("recipe == 'searched'").to_dict("records")
    assert {json.loads(t["strategy"])["truncation"]["at"] for t in run["trials"]} == best
    chosen = max(run["trials"], key=lambda trial: trial["validation_auroc"])
    assert run["strategy"] == chosen["strategy"]


def test_a_recipe_that_is_not_ranked_is_shown_and_compared_with_nothing(finished: Result) -> None:
    shown = set(RECIPES) - {"LoRA"}
    kinds = finished.runs.set_index("recipe")["kind"]
    assert set(kinds[kinds == UNRANKED].index) == shown
    assert shown < set(finished.predictions["recipe"])
    compared, summary = (
        pd.read_csv(finished.folder / name)["recipe"] for name in ("comparisons.csv", "summary.csv")
    )
    assert set(compared) == {FOREST, LOGISTIC}
    assert set(summary) == {"LoRA", FOREST, LOGISTIC}
    page = (finished.folder / "report.html").read_text()
    table = page[page.index("Not ranked") :]
    assert all(name in table[: table.index("</table>")] for name in shown)


def test_the_model_handed_over_has_what_lora_learned(finished: Result, manifest: Path) -> None:
    model = pleura.load(finished.folder / "best")
    assert model.card["recipe"] == "LoRA"
    assert not any("parametrizations" in name for name in model.classifier.state_dict())
    mine = finished.predictions.query("recipe == 'LoRA'")
    logits = {part: rows[["logit_a", "logit_b"]] for part, rows in mine.groupby("part")}
    validation = mine.query("part == 'validation'")
    fitted = fit_map(
        logits["validation"], validation["label"] == "b", patients=validation["patient"].nunique()
    )
    files = [manifest.parent / image for image in mine.query("part == 'test'")["image"]]
    expected = fitted.probabilities(logits["test"])
    np.testing.assert_allclose(model.predict(files), expected, atol=1e-5)


@pytest.mark.usefixtures("no_page")
def test_a_second_run_trains_nothing_whatever_is_ranked(
    finished: Result, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("a finished step was run again")

    for kind in (depth, features, fit, head):
        monkeypatch.setattr(kind.KIND, "perform", fail)
    before = finished.predictions
    again = Study.from_objects(study_of(manifest, ranked=True)).run(finished.folder)
    pd.testing.assert_frame_equal(again.predictions, before)
    compared = pd.read_csv(again.folder / "comparisons.csv")["recipe"]
    assert set(compared) == {*RECIPES, FOREST, LOGISTIC} - {"LoRA"}
    # Each ranked network is now explained, too.
    shown = pd.read_csv(again.folder / "panels" / "heatmaps.csv")["recipe"]
    assert set(shown) == set(RECIPES)
    measured = pd.read_csv(again.folder / "similarity.csv")["recipe"]
    assert set(measured) == {name for name in RECIPES if not name.startswith("frozen")}

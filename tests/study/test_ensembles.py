"""A study whose trainings are averaged over its seeds."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

import pleura
from pleura.averages import ENSEMBLE
from pleura.errors import InputError
from pleura.evaluate.calibration import fit_map
from pleura.study.estimate import describe
from pleura.study.run import Result, Study
from pleura.tables import CENTRE, FRAME
from tests.conftest import MakeImages, without_page
from tests.networks import SMALL
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")

TOGETHER = "frozen, ensemble of 2"
UNCALIBRATED = "It is an ensemble that is not calibrated"
LOGITS = ["logit_a", "logit_b"]


def asked(manifest: Path, **changes: Any) -> Study:
    """A frozen network with two seeds at half the labels and one at all."""
    made = content(manifest)
    made |= {"seeds": {0.5: [0, 1], 1.0: [0]}, "reference": "frozen"}
    made["recipes"] = {"frozen": made["recipes"]["frozen"]}
    made["tune"] = {"rates": [1e-3], "penalties": [1.0]}
    return Study.from_objects({**made, **changes})


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


@pytest.fixture(scope="module")
def without(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    with without_page():
        return asked(manifest).run(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def finished(manifest: Path, without: Result) -> tuple[Result, list[str]]:
    """The same study, finished without and gone on with; what was said."""
    said: list[str] = []
    return asked(manifest, ensembles=True).run(without.folder, announce=said.append), said


def test_trainings_are_averaged_and_none_is_done_again(
    finished: tuple[Result, list[str]],
) -> None:
    result, said = finished
    done = [line for line in said if line.startswith("[")]
    assert [line.split("] ")[1] for line in done] == [f"{TOGETHER}, 50%"]
    table = result.predictions
    one, two, *_ = (
        mine.sort_values(["part", "image"])[LOGITS].to_numpy(float)
        for _, mine in table[
            (table["recipe"] == "frozen")
            & (table["fraction"] == 0.5)
            & (table["part"] != "validation")
        ].groupby("seed")
    )
    both = table[table["recipe"] == TOGETHER].sort_values(["part", "image"])
    assert set(both["part"]) == {"test", CENTRE, FRAME}  # seeds validate on different patients
    assert set(both["fraction"]) == {0.5}
    for _, mine in both.groupby("seed"):
        np.testing.assert_allclose(
            softmax(mine[LOGITS].to_numpy(float), axis=1),
            (softmax(one, axis=1) + softmax(two, axis=1)) / 2,
            atol=1e-12,
        )
    assert sorted(both["seed"].unique()) == [0, 1]


def test_it_costs_what_its_members_cost_together(finished: tuple[Result, list[str]]) -> None:
    runs = finished[0].runs
    members = runs[(runs["recipe"] == "frozen") & (runs["fraction"] == 0.5)]
    both = runs[runs["recipe"] == TOGETHER]
    assert len(members) == len(both) == 2
    assert set(both["kind"]) == {ENSEMBLE}
    for name in ("parameters", "macs", "latency_ms", "tuning_seconds"):
        assert both[name].to_list() == pytest.approx([members[name].sum()] * 2)
    assert both["backbone"].to_list() == members["backbone"].to_list()
    assert both["trials"].map(len).to_list() == [0, 0]


def test_it_stands_among_the_results_and_not_among_the_trainings(
    finished: tuple[Result, list[str]],
) -> None:
    result, _ = finished
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    summary = result.summary
    mine = summary[(summary["recipe"] == TOGETHER) & (summary["metric"] == "auroc")]
    assert mine["low"].notna().all()
    compared = pd.read_csv(result.folder / "comparisons.csv")
    assert TOGETHER in set(compared["recipe"])
    tuning = page[page.index('id="tuning"') :]
    assert TOGETHER not in tuning[: tuning.index("</section>")]
    assert f"{TOGETHER} (2 of 3)" not in page  # where there is one seed no ensemble is missing


@pytest.mark.usefixtures("no_page")
def test_without_the_key_its_rows_go(manifest: Path, finished: tuple[Result, list[str]]) -> None:
    folder = finished[0].folder
    again = asked(manifest).run(folder)
    assert TOGETHER not in set(again.predictions["recipe"])
    assert "ensembles" not in (folder / "study.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def handed_over(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A study of two seeds that hands over their mean."""
    together = {"ensembles": {"hand_over": True}, "seeds": [0, 1], "fractions": [1.0]}
    return asked(manifest, **together).run(tmp_path_factory.mktemp("handed over"))


def test_the_model_handed_over_says_what_the_tables_say(
    manifest: Path, handed_over: Result
) -> None:
    model = pleura.load(handed_over.folder / "best")
    assert model.card["recipe"] == TOGETHER
    assert {model.card["seed"], model.card["members"][0]["seed"]} == {0, 1}
    assert len(model.others) == 1
    table = handed_over.predictions
    mine = table[(table["recipe"] == TOGETHER) & (table["part"] == "test") & (table["seed"] == 0)]
    given = model.assess([str(manifest.parent / name) for name in mine["image"]])
    np.testing.assert_allclose(
        given.probabilities, softmax(mine[LOGITS].to_numpy(float), axis=1), atol=1e-4
    )
    assert given.distances is not None
    # It is not calibrated: nobody validates for both who trained neither.
    assert model.card["calibration"]["images"] == 0
    assert (model.card["calibration"]["temperature"], model.card["calibration"]["biases"]) == (
        1.0,
        [0.0, 0.0],
    )


def test_the_plan_says_what_it_costs(manifest: Path, handed_over: Result) -> None:
    study = asked(manifest, ensembles={"hand_over": True}, seeds=[0, 1], fractions=[1.0])
    said = describe(study.file, study.prepare(handed_over.folder))
    assert f"  {TOGETHER:<30}  100%  2 networks an image  [done]" in said.split("\n")
    assert "best/ will hold an ensemble of 2 networks" in said


def test_members_whose_weights_are_mixed_up_are_refused(
    handed_over: Result, tmp_path: Path
) -> None:
    copied = shutil.copytree(handed_over.folder / "best", tmp_path / "best")
    shutil.copyfile(copied / "model.safetensors", copied / "member_2.safetensors")
    with pytest.raises(InputError, match=r"member_2.safetensors: gone, damaged or of another"):
        pleura.load(copied)


def test_the_page_says_of_what_the_model_is_the_mean(handed_over: Result) -> None:
    page = (handed_over.folder / "report.html").read_text(encoding="utf-8")
    assert f"best/ ({TOGETHER})" in page
    assert "the mean of the trainings of" in page
    assert "seeds 0 and 1" in page
    assert "seeds 0 and 1, calibrated" not in page
    assert "The last row is the model in <code>best/</code> on its own test images." in page
    assert "The model in <code>best/</code> is calibrated" not in page
    assert ", as delivered, this ensemble reaches" in page
    assert UNCALIBRATED in page


@pytest.mark.usefixtures("no_page")
def test_a_single_model_takes_the_place_of_an_ensemble(manifest: Path, handed_over: Result) -> None:
    again = asked(manifest, seeds=[0, 1], fractions=[1.0]).run(handed_over.folder)
    model = pleura.load(again.folder / "best")
    assert model.others == ()
    assert model.card["recipe"] == "frozen"
    assert not (again.folder / "best" / "member_2.safetensors").exists()


def test_patients_kept_for_it_calibrate_it_and_none_of_them_trains_a_member(
    manifest: Path, tmp_path: Path
) -> None:
    kept = {"hand_over": True, "calibration": 0.4}
    result = asked(manifest, ensembles=kept, seeds=[0, 1], fractions=[1.0]).run(tmp_path / "study")
    [fold] = json.loads((result.folder / "split.json").read_text(encoding="utf-8"))["folds"]
    aside = set(fold["aside"]["ensembles"])
    learned_from = {
        name
        for draw in fold["draws"]
        for of in draw["fractions"]
        for name in (*of["adds_train"], *of["adds_validation"])
    }
    assert aside
    assert not aside & (learned_from | set(fold["test"]))
    table = result.predictions
    mine = table[(table["recipe"] == TOGETHER) & (table["seed"] == 0)]
    validates = mine[mine["part"] == "validation"]
    assert set(validates["patient"]) == aside
    card = pleura.load(result.folder / "best").card
    assert card["calibration"]["patients"] == len(aside)
    labels = (validates["label"] == "b").to_numpy(int)
    fitted = fit_map(validates[LOGITS].to_numpy(float), labels, patients=len(aside))
    assert card["calibration"]["temperature"] == pytest.approx(fitted.temperature)
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert UNCALIBRATED not in page
    assert "The model in <code>best/</code> is calibrated, which can change" in page
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert f"Calibrated on patients who trained none of what is averaged: “{TOGETHER}”" in page
    assert "seeds 0 and 1, calibrated" in page


def test_one_seed_at_the_largest_fraction_hands_over_no_ensemble(manifest: Path) -> None:
    with pytest.raises(InputError) as refused:
        asked(manifest, ensembles={"hand_over": True})
    assert "which has one seed" in refused.value.problems[0]


def test_one_seed_makes_no_ensemble(manifest: Path) -> None:
    with pytest.raises(InputError) as refused:
        asked(manifest, ensembles=True, seeds=[0])
    assert "name them, as in seeds: [0, 1, 2]" in refused.value.problems[0]
    assert "folds" not in refused.value.problems[0]


def test_folds_make_no_ensemble(manifest: Path) -> None:
    with pytest.raises(InputError) as refused:
        asked(manifest, ensembles=True, seeds=[0], split={"folds": 3, "validation": 0.25})
    assert "outside all folds" in refused.value.problems[0]


def test_members_that_no_seed_changes_are_told(manifest: Path, tmp_path: Path) -> None:
    """All seeds have the same patients, and heads are at their optimum on the same features."""
    table = pd.read_csv(manifest)
    validates = table["patient"].isin([f"p{number}" for number in range(8)])
    parted = manifest.parent / "parted.csv"
    table.assign(split=table["split"].mask(validates, "val")).to_csv(parted, index=False)
    frozen = {"strategy": "feature_extraction"}
    study = asked(
        parted,
        split={"test": "split", "validation": "split"},
        seeds=[0, 1],
        fractions=[1.0],
        ensembles=True,
        recipes={
            "frozen": {**frozen, "backbone": "tf_efficientnet_lite0", "weights": "imagenet"},
            "drawn": {**frozen, "backbone": SMALL, "weights": "random"},
        },
    )
    said = describe(study.file, study.prepare(tmp_path)).split("\n")
    same = "2 networks an image, all of them the same: no seed changes anything"
    assert [same in line for line in said if "2 networks an image" in line] == [True, False]
    page = (study.run(tmp_path).folder / "report.html").read_text(encoding="utf-8")
    assert "“frozen” is the same network with every seed" in page

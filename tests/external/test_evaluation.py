"""`pleura evaluate` from a model and a table to the page, with a model that nobody has trained."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageOps
from sklearn.metrics import roc_auc_score

import pleura
from pleura.errors import InputError
from pleura.evaluate.at_home import FIELD, for_card
from pleura.external.evaluation import Options, evaluate_model
from pleura.external.new_table import Reading
from pleura.external.own_folder import PAGE
from pleura.external.page import render, write_page
from pleura.external.tables import read_evaluation
from tests.conftest import with_figures
from tests.external.made import make_study, write_table

NEW = [f"N{at}" for at in range(40)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sexes = [("F", "M")[at // 4 % 2] for at in range(80)]
    return write_table(tmp_path_factory.mktemp("away"), NEW, seed=2, sex=sexes)


@pytest.fixture(scope="module")
def folder(study: Path, away: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished evaluation."""
    from pleura.data.subgroup_column import SubgroupColumn

    out = tmp_path_factory.mktemp("evaluation")
    reading = Reading(subgroups=(SubgroupColumn("sex"),))
    return evaluate_model(study / "best", away, out, Options(reading=reading)).folder


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", dtype={"patient": str}, keep_default_na=False)


def test_it_predicts_what_the_model_does(study: Path, away: Path, folder: Path) -> None:
    table = read(folder, "predictions")
    images = [str(away.parent / name) for name in table["image"]]
    probabilities = pleura.load(study / "best").assess(images).probabilities
    np.testing.assert_allclose(np.exp(table[["logit_ill", "logit_well"]]), probabilities)


def test_how_names_were_compared_is_noted(folder: Path) -> None:
    names = json.loads((folder / "evaluation.json").read_text())["names"]
    assert (names["home"], names["here"]) == (24, 40)
    assert (names["home_hashed"], names["here_hashed"], names["found"]) == (0, 0, 0)
    assert names["doubt"] == ""


def test_metrics_and_the_difference_are_those_of_a_library(study: Path, folder: Path) -> None:
    here, home = read(folder, "predictions"), pd.read_csv(study / "predictions.csv")
    areas = [
        roc_auc_score(table["label"] == "ill", table["logit_ill"] - table["logit_well"])
        for table in (here, home[home["part"] == "test"])
    ]
    metrics = read(folder, "metrics").set_index(["where", "metric", "class"])["value"]
    assert metrics["here", "auroc", "ill"] == pytest.approx(areas[0])
    assert metrics["home", "auroc", "ill"] == pytest.approx(areas[1])
    differences = read(folder, "differences").set_index(["metric", "class"])
    assert differences.loc[("auroc", "ill"), "difference"] == pytest.approx(areas[0] - areas[1])


def test_no_patient_fits_and_judges_a_recalibration(folder: Path) -> None:
    table = read(folder, "predictions")
    parts = table.groupby("patient")["recalibration"].nunique()
    assert (parts == 1).all()
    fits = table[table["recalibration"] == "fits"]
    # Three tenths of the 20 patients of each class.
    assert fits.groupby("label")["patient"].nunique().to_dict() == {"ill": 6, "well": 6}


def test_the_page_is_made_of_the_tables_alone(folder: Path, tmp_path: Path) -> None:
    before = (folder / PAGE).read_text()
    names = [*folder.glob("*.csv"), folder / "evaluation.json"]
    for path in names:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write_page(tmp_path)
    assert (tmp_path / PAGE).read_text() == before
    assert "http://" not in before.replace("http://www.w3.org", "")


def test_its_figures_are_drawn(folder: Path) -> None:
    with with_figures():
        _, figures = render(read_evaluation(folder))
    assert len(figures) > 1
    for name, figure in figures.items():
        assert "<path" in figure, name


def test_subgroups_are_those_of_the_column(folder: Path) -> None:
    table = read(folder, "subgroup_metrics")
    sexes = table[table["column"] == "sex"].drop_duplicates("group").set_index("group")
    assert sexes["patients"].to_dict() == {"F": 20, "M": 20}


def test_respelled_patients_of_the_training_are_refused(study: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new", [*NEW[:10], "p 003", "P20"], seed=3)
    with pytest.raises(InputError, match="trained on patients or images of this table") as told:
        evaluate_model(study / "best", table, tmp_path / "out")
    # What the refused command leaves of the patients is told.
    assert f"stay in {tmp_path / 'out' / 'bank'}, so that" in str(told.value)
    assert (tmp_path / "out" / "bank").is_dir()
    # P20 tested the model, which has learned nothing of him.
    assert "patient p 003 trained the model" in str(told.value)
    assert "P20" not in str(told.value)


def test_strangers_of_the_same_name_are_evaluated(study: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new", [*NEW[:10], "P3", "P4"], seed=3)
    out = evaluate_model(study / "best", table, tmp_path / "out", Options(strangers=True)).folder
    assert {"P3", "P4"} <= set(read(out, "predictions")["patient"])
    copied = study.parent / "home" / "4_0.png"
    (table.parent / "7_1.png").write_bytes(copied.read_bytes())
    with pytest.raises(InputError, match="shows the same as an image"):
        evaluate_model(study / "best", table, tmp_path / "out", Options(strangers=True))


def test_they_are_left_out_where_that_is_said(study: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new", [*NEW[:10], "p 003", "P20"], seed=3)
    out = evaluate_model(study / "best", table, tmp_path / "out", Options(drop_known=True)).folder
    assert set(read(out, "predictions")["patient"]) == {*NEW[:10], "P20"}
    assert set(read(out, "known")["part"]) == {"train", "test"}
    facts = json.loads((out / "evaluation.json").read_text())
    assert facts["dropped"] == {"patients": 1, "images": 2}
    assert "1 patient with 2 images left out" in (out / PAGE).read_text()


def test_images_of_the_training_are_refused_mirrored_too(study: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "new", NEW[:10], seed=3)
    copied = Image.open(study.parent / "home" / "4_0.png")
    ImageOps.mirror(copied).save(table.parent / "7_1.png")
    with pytest.raises(InputError, match=r"7_1\.png\): shows the same as an image that trained"):
        evaluate_model(study / "best", table, tmp_path / "out")


def test_the_test_part_at_home_gives_what_the_study_found(study: Path, tmp_path: Path) -> None:
    every = pd.read_csv(study.parent / "home" / "images.csv", dtype=str)
    own = pd.read_csv(study / "predictions.csv", dtype={"patient": str})
    tested = set(own.loc[own["part"] == "test", "image"])
    table = study.parent / "home" / "test_part.csv"
    every[every["image"].isin(tested)].to_csv(table, index=False)
    out = evaluate_model(study / "best", table, tmp_path / "out").folder
    differences = read(out, "differences")
    assert pd.to_numeric(differences["difference"]).abs().max() < 1e-6
    page = (out / PAGE).read_text()
    assert "16 images of these patients" in page


def test_without_the_study_it_says_what_is_not_known(
    study: Path, away: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for path in (study / "best").iterdir():
        (model / path.name).write_bytes(path.read_bytes())
    evaluation = evaluate_model(model, away, tmp_path / "out")
    assert "how the model did at home is not known" in evaluation.verdict
    assert "not known whether patients of the training" in evaluation.page.read_text()
    assert not (evaluation.folder / "differences.csv").exists()


def test_without_the_study_the_card_tells_how_it_did_at_home(
    study: Path, away: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for path in (study / "best").iterdir():
        (model / path.name).write_bytes(path.read_bytes())
    own = pd.read_csv(study / "predictions.csv", dtype={"patient": str})
    card = json.loads((model / "model.json").read_text())
    card |= {FIELD: for_card(own, "classification")}
    (model / "model.json").write_text(json.dumps(card))
    evaluation = evaluate_model(model, away, tmp_path / "out")
    assert "on 8 test patients at home" in evaluation.verdict
    table = read(evaluation.folder, "thresholds")
    assert set(table["where"]) == {"", "here", "home"}


def test_the_model_carries_nothing_of_patients(study: Path) -> None:
    card = (study / "best" / "model.json").read_text()
    assert not any(f'"P{at}"' in card for at in range(24))
    names = {path.name for path in (study / "best").iterdir()}
    assert names == {"model.json", "model.safetensors", "training_features.safetensors"}


def bad(folder: Path, change: dict[str, list[str]] | None = None, drop: str = "") -> Path:
    path = write_table(folder, NEW[:6], seed=3)
    table = pd.read_csv(path, dtype=str).assign(**(change or {}))
    table.drop(columns=[drop] if drop else []).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("change", "drop", "message"),
    [
        ({"label": ["ill", "TB"] * 6}, "", "labels that the model does not know"),
        ({"label": ["ill"] * 12}, "", "class 'well': no row has this label"),
        ({}, "label", "no column 'label'"),
        ({"patient": ["N1"] * 12}, "", "one patient"),
        ({}, "patient", "no column says which patient"),
    ],
)
def test_bad_tables_are_told(
    study: Path, tmp_path: Path, change: dict[str, list[str]], drop: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        evaluate_model(study / "best", bad(tmp_path / "new", change, drop), tmp_path / "out")


def test_other_names_of_classes_are_mapped(study: Path, tmp_path: Path) -> None:
    table = bad(tmp_path / "new", {"label": ["TB", "TB", "ok", "ok"] * 3})
    reading = Reading(labels={"ill": ["TB"], "well": ["ok"]})
    out = evaluate_model(study / "best", table, tmp_path / "out", Options(reading=reading)).folder
    assert set(read(out, "predictions")["label"]) == {"ill", "well"}


def test_another_study_is_refused(study: Path, away: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "split.json").write_bytes((study / "split.json").read_bytes())
    with pytest.raises(InputError, match="not the study that has trained this model"):
        evaluate_model(study / "best", away, tmp_path / "out", Options(study=other))


def test_images_that_cannot_be_read_are_named(study: Path, tmp_path: Path) -> None:
    table = bad(tmp_path / "new")
    (table.parent / "3_1.png").write_text("no image")
    with pytest.raises(InputError, match=r"3_1\.png"):
        evaluate_model(study / "best", table, tmp_path / "out")


def test_no_image_is_decoded_where_the_fingerprints_are_none(study: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.fingerprints").write_text("no fingerprints")
    options = Options(fingerprints=tmp_path / "bad.fingerprints")
    with pytest.raises(InputError, match="no fingerprints of"):
        evaluate_model(study / "best", bad(tmp_path / "new"), tmp_path / "out", options)
    assert not (tmp_path / "out").exists()

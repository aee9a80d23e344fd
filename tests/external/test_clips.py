"""`pleura evaluate` of a model of clips on clips of another place."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

import pleura
from pleura.errors import InputError
from pleura.external.evaluation import Options, evaluate_model
from pleura.external.own_folder import PAGE
from tests.external.made import make_study, write_clips, write_table

NEW = [f"N{at}" for at in range(24)]
LOGITS = ["logit_ill", "logit_well"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_study(tmp_path_factory.mktemp("study"), clips=True)


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clips(tmp_path_factory.mktemp("away"), NEW, seed=2)


@pytest.fixture(scope="module")
def folder(study: Path, away: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished evaluation."""
    out = tmp_path_factory.mktemp("evaluation")
    return evaluate_model(study / "best", away, out, Options(recalibrate=0.45)).folder


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", dtype={"patient": str}, keep_default_na=False)


def area(table: pd.DataFrame) -> float:
    scores = table["logit_ill"] - table["logit_well"]
    return float(roc_auc_score(table["label"] == "ill", scores))


def test_a_clip_has_what_the_model_says_of_it_as_a_whole(
    study: Path, away: Path, folder: Path
) -> None:
    table = read(folder, "predictions")
    assert len(table) == 48
    assert set(table["frames"]) == {2}
    told = pleura.load(study / "best").assess([str(away.parent / name) for name in table["image"]])
    np.testing.assert_allclose(np.exp(table[LOGITS]), told.probabilities, atol=1e-6)
    assert told.distances is not None
    np.testing.assert_allclose(table["distance"], told.distances, rtol=1e-6)
    assert len(read(folder, "frames")) == 96


def test_metrics_here_and_at_home_are_of_clips(study: Path, folder: Path) -> None:
    metrics = read(folder, "metrics").set_index(["where", "metric", "class"])
    here = read(folder, "predictions")
    assert metrics["value"]["here", "auroc", "ill"] == pytest.approx(area(here))
    home = pd.read_csv(study / "predictions.csv")
    tested = home[home["part"] == "test"]
    values = softmax(tested[LOGITS].to_numpy(), axis=1)
    clips = tested.assign(**dict(zip(LOGITS, values.T, strict=True))).groupby("video")
    means = clips[LOGITS].mean().assign(label=clips["label"].first())
    assert metrics["value"]["home", "auroc", "ill"] == pytest.approx(area(means))
    assert metrics["images"]["home", "auroc", "ill"] == 16
    assert metrics["patients"]["here", "auroc", "ill"] == 24


def test_patients_not_frames_fit_the_recalibration(folder: Path) -> None:
    table = read(folder, "predictions")
    assert (table.groupby("patient")["recalibration"].nunique() == 1).all()
    assert set(table["recalibration"]) == {"fits", "judges"}


def test_the_page_says_what_is_judged(folder: Path) -> None:
    page = (folder / PAGE).read_text()
    assert "Judged by clip: each has the mean probability of its images, 96 images in all" in page
    assert "By clip, macro AUROC" in page
    assert "New clips" in page
    assert "at most about" in page


def test_clips_of_the_training_are_named_once_each(study: Path, tmp_path: Path) -> None:
    table = write_clips(tmp_path / "new", [*NEW[:6], "p 003"], seed=3)
    with pytest.raises(InputError, match=r"\(2 rows of 14\)") as told:
        evaluate_model(study / "best", table, tmp_path / "out")
    assert len(told.value.problems) == 2


def test_where_there_are_no_clips_none_are_judged(study: Path, tmp_path: Path) -> None:
    stills = write_table(tmp_path / "new", NEW, seed=4)
    with pytest.raises(InputError, match="--by clip: no clip has several frames"):
        evaluate_model(study / "best", stills, tmp_path / "out", Options(by="clip"))


def test_a_model_of_single_images_refuses_clips(away: Path, tmp_path: Path) -> None:
    other = make_study(tmp_path / "stills")
    with pytest.raises(InputError, match="this model knows single images") as told:
        evaluate_model(other / "best", away, tmp_path / "out")
    assert "Name frames in the table, such as clip.mp4::17" in told.value.heading
    assert "under data" not in told.value.heading

"""Predictions of clips and of patients."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from pleura.evaluate.compare import compare
from pleura.evaluate.intervals import summarise
from pleura.evaluate.metrics import softmax
from pleura.evaluate.pooling import pool, unit_names
from tests.evaluate.tables import CLASSES, predictions

LOGITS = [f"logit_{name}" for name in CLASSES]


def with_clips() -> pd.DataFrame:
    """Frames of patients in clips of two or so; patients of one image have stills."""
    table = predictions({"strong": 1.5, "weak": 0.5}, folds=2, seeds=2)
    number = table["image"].str.removesuffix(".png").astype(int)
    sizes = table.groupby(["recipe", "seed", "patient"])["image"].transform("size")
    clip = table["patient"] + "_" + (number // 2).astype(str)
    return table.assign(video=clip.where(sizes > 1, ""))


def test_probabilities_are_means_over_frames() -> None:
    table = with_clips()
    pooled = pool(table, "clip").table
    for _, row in pooled.sample(20, random_state=0).iterrows():
        mine = table[(table["recipe"] == row["recipe"]) & (table["seed"] == row["seed"])]
        frames = mine[(mine["video"] == row["image"]) | (mine["image"] == row["image"])]
        assert len(frames) == row["frames"]
        expected = softmax(frames[LOGITS]).mean(axis=0)
        assert softmax(row[LOGITS].to_numpy("float64")[None])[0] == pytest.approx(expected)
        for name in ("fold", "part", "patient", "label", "source"):
            assert set(frames[name]) == {row[name]}
    frames_of = pooled.groupby(["recipe", "seed"])["frames"].sum()
    assert (frames_of == len(table) / 4).all()


def test_each_patient_is_one_row_a_run() -> None:
    table = with_clips()
    pooled = pool(table, "patient").table
    run = ["recipe", "fold", "seed", "fraction", "part"]
    assert not pooled.duplicated([*run, "image"]).any()
    assert (pooled["image"] == pooled["patient"]).all()
    assert (pooled["video"] == "").all()
    assert set(pooled["image"]) == set(table["patient"])


@pytest.mark.parametrize("unit", ["clip", "patient"])
def test_the_evaluation_takes_the_table_unchanged(unit: str) -> None:
    pooled = pool(with_clips(), unit).table  # type: ignore[arg-type]
    summary = summarise(pooled)
    auroc = summary[(summary["metric"] == "auroc") & (summary["class"] == "macro")]
    assert auroc["low"].lt(auroc["value"]).all()
    assert auroc["images"].iloc[0] == pooled["image"].nunique()
    assert compare(pooled, reference="weak")["difference"].iloc[0] > 0


def test_pooled_frames_tell_more_than_one() -> None:
    table = predictions({"a": 0.8}, patients=300)
    frame, patient = (
        summarise(t).query("metric == 'auroc' and `class` == 'macro'")["value"]
        for t in (table, pool(table, "patient").table)
    )
    assert patient.iloc[0] > frame.iloc[0] + 0.03


def test_one_frame_units_change_nothing() -> None:
    table = with_clips().assign(video=lambda t: t["image"])
    pooled = pool(table, "clip").table
    assert softmax(pooled[LOGITS]) == pytest.approx(softmax(table[LOGITS]))


def test_units_of_several_labels_are_left_out_and_named() -> None:
    table = with_clips()
    patient = table.loc[table["video"] != "", "patient"].iloc[0]
    clips = sorted(set(table.loc[table["patient"] == patient, "video"]))
    other = {"covid": "healthy", "healthy": "other", "other": "covid"}
    mine = table["video"] == clips[0]
    one_clip = table.assign(label=table["label"].where(~mine, table["label"].map(other)))
    many = len(clips) > 1
    assert pool(one_clip, "clip").mixed == ()
    assert pool(one_clip, "patient").mixed == ((patient,) if many else ())
    frame = mine & (table["image"] == table.loc[mine, "image"].iloc[0])
    one_frame = table.assign(label=table["label"].where(~frame, table["label"].map(other)))
    pooled = pool(one_frame, "clip")
    assert pooled.mixed == (clips[0],)
    assert clips[0] not in set(pooled.table["image"])
    assert pool(one_frame, "patient").mixed == (patient,)


def test_sure_frames_leave_logits_finite() -> None:
    table = with_clips()
    table[LOGITS] = np.where(table[LOGITS] > 0, 2000.0, -2000.0)
    assert np.isfinite(pool(table, "patient").table[LOGITS]).all(axis=None)


def test_names_of_units() -> None:
    table = pd.DataFrame(
        {"image": ["a", "b", "c"], "patient": ["p", "p", ""], "video": ["v", "", "w"]}
    )
    assert unit_names(table, "clip").tolist() == ["v", "b", "w"]
    assert unit_names(table, "patient").tolist() == ["p", "p", "w"]
    for without in (table.assign(video=""), table.drop(columns="video")):
        assert unit_names(without.head(2), "clip").tolist() == ["p", "p"]


def test_findings_of_a_unit_are_what_its_frames_agree_on() -> None:
    table = pd.DataFrame(
        {
            "recipe": "a",
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": ["test"] * 4 + ["validation"] * 2,
            "image": list("abcdef"),
            "patient": ["p", "p", "q", "q", "r", "s"],
            "video": "",
            "source": "",
            "label": ["x", "x, y", "", "x", "x", ""],
            "label_x": ["1", "1", "0", "1", "1", "0"],
            "label_y": ["", "1", "", "", "1", "0"],
            "logit_x": [0.0, 2.0, -1.0, -3.0, 1.0, -1.0],
            "logit_y": 0.0,
        }
    )
    pooled = pool(table, "patient")
    assert pooled.mixed == ()
    found = pooled.table.set_index("image")
    # p has both; of q the frames differ in x, and nothing is known of y.
    assert found["label_x"].fillna(-1).to_dict() == {"p": 1, "q": -1, "r": 1, "s": 0}
    assert found["label_y"].fillna(-1).to_dict() == {"p": 1, "q": -1, "r": 1, "s": 0}
    mean = (0.5 + expit(2.0)) / 2
    assert found.loc["p", "logit_x"] == pytest.approx(np.log(mean / (1 - mean)))
    # The threshold of x lies halfway between the validation patients' probabilities, at one half.
    assert found["called_x"].to_dict() == {"p": 1, "q": 0, "r": 1, "s": 0}

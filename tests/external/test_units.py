"""Clips and patients made of the predictions of their images, here and at home."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from pleura.external.options import by_of
from pleura.external.units import choose_by, home_by, judged_by

FRAMES = {"frames": {"number": 2}}
CARD: dict[str, Any] = {
    **FRAMES,
    "at_home": {"metrics": []},
    "calibration": {"temperature": 1.0, "biases": [0, 0], "prevalence": {"ill": 0.9, "well": 0.1}},
}
# Two frames of each of three clips of two patients, and a still.
PATIENTS = ["p", "p", "p", "p", "q", "q", "q"]
VIDEOS = ["a", "a", "b", "b", "c", "c", ""]
LABELS = ["ill", "ill", "ill", "ill", "well", "well", "ill"]
ILL = [0.9, 0.7, 0.5, 0.1, 0.2, 0.4, 0.8]
DISTANCES = [0.5, 2.0, 0.2, 0.4, 3.0, 0.6, 0.9]


def predictions(part: str = "test", **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "recipe": "model",
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": part,
            "image": [f"{part}{at}.png" for at in range(7)],
            "patient": PATIENTS,
            "label": LABELS,
            "video": VIDEOS,
            "source": "",
            "logit_ill": np.log(ILL),
            "logit_well": np.log(1 - np.array(ILL)),
            "distance": DISTANCES,
            "unlike": [int(each > 1) for each in DISTANCES],
            **columns,
        }
    )


def manifest_of(folder: Path, table: pd.DataFrame) -> Manifest:
    table[["image", "label", "patient", "video"]].to_csv(folder / "images.csv", index=False)
    return read_manifest(folder / "images.csv", classes=["ill", "well"])


def test_a_clip_has_the_mean_probability_and_the_median_distance(tmp_path: Path) -> None:
    its = judged_by("clip", predictions(), manifest_of(tmp_path, predictions()), CARD)
    table = its.predictions
    assert table["image"].tolist() == ["a", "b", "c", "test6.png"]
    np.testing.assert_allclose(np.exp(table["logit_ill"]), [0.8, 0.3, 0.3, 0.8])
    np.testing.assert_allclose(table["distance"], [1.25, 0.3, 1.8, 0.9])
    assert table["unlike"].tolist() == [1, 0, 1, 0]
    assert its.manifest.table["label"].tolist() == table["label"].tolist()
    assert its.manifest.groups.tolist() == table["patient"].tolist()


def test_a_patient_of_two_labels_is_left_out_and_told(tmp_path: Path) -> None:
    its = judged_by("patient", predictions(), manifest_of(tmp_path, predictions()), CARD)
    assert its.predictions["image"].tolist() == ["p"]
    np.testing.assert_allclose(np.exp(its.predictions["logit_ill"]), [0.55])
    assert its.of.tolist() == [0, 0, 0, 0, -1, -1, -1]
    assert its.notes[0].endswith("1 patient")


def test_single_images_stay_as_they_are(tmp_path: Path) -> None:
    manifest = manifest_of(tmp_path, predictions())
    its = judged_by("image", predictions(), manifest, CARD)
    pd.testing.assert_frame_equal(its.predictions, predictions())
    assert its.manifest is manifest


def test_a_subgroup_of_a_clip_is_that_of_all_its_images(tmp_path: Path) -> None:
    its = judged_by("clip", predictions(), manifest_of(tmp_path, predictions()), CARD)
    sites = pd.DataFrame({"site": ["x", "x", "x", "y", "y", "y", "x"]})
    assert its.subgroups(sites)["site"].tolist() == ["x", "unknown", "y", "x"]


def test_findings_are_called_at_the_thresholds_of_the_card(tmp_path: Path) -> None:
    values: dict[str, Any] = {"label_ill": [1, 1, 1, 0, 0, 0, 1], "called_ill": 0}
    table = predictions(**values).drop(columns="logit_well")
    table["logit_ill"] = np.log(ILL) - np.log(1 - np.array(ILL))
    targets = np.array(values["label_ill"])[:, None]
    manifest = replace(manifest_of(tmp_path, predictions()), classes=("ill",), targets=targets)
    its = judged_by("clip", table, manifest, {"thresholds": {"ill": 0.3}})
    assert its.predictions["called_ill"].tolist() == [1, 1, 1, 1]
    # The frames of clip b do not agree.
    assert its.manifest.labels[:, 0].tolist() == [1, -1, 0, 1]
    its = judged_by("clip", table, manifest, {"thresholds": {"ill": 0.35}})
    assert its.predictions["called_ill"].tolist() == [1, 0, 0, 1]


def test_home_is_pooled_by_parts_with_shares_of_its_validation_clips() -> None:
    both = pd.concat([predictions("validation"), predictions()], ignore_index=True)
    home, card = home_by("clip", both, CARD)
    assert home is not None
    assert home.groupby("part")["image"].nunique().to_dict() == {"test": 4, "validation": 4}
    assert card["calibration"]["prevalence"] == {"ill": 0.75, "well": 0.25}
    assert "at_home" not in card
    assert CARD["calibration"]["prevalence"]["ill"] == 0.9


def test_what_a_card_alone_tells_of_images_is_not_held_against_clips() -> None:
    assert home_by("clip", None, CARD) == (
        None,
        {**FRAMES, "calibration": {"temperature": 1.0, "biases": [0, 0]}},
    )
    assert home_by("image", None, CARD) == (None, CARD)


def test_clips_are_judged_where_the_study_and_the_table_have_some(tmp_path: Path) -> None:
    clips = manifest_of(tmp_path, predictions())
    stills = replace(clips, table=clips.table.assign(video=""))
    assert choose_by(None, FRAMES, None, clips) == "clip"
    assert choose_by(None, {}, predictions(), clips) == "clip"
    assert choose_by(None, {}, predictions(video=""), clips) == "image"
    assert choose_by(None, FRAMES, None, stills) == "image"
    assert choose_by("image", FRAMES, None, clips) == "image"
    assert choose_by("patient", {}, None, stills) == "patient"


def test_what_cannot_be_judged_is_refused(tmp_path: Path) -> None:
    clips = manifest_of(tmp_path, predictions())
    stills = replace(clips, table=clips.table.assign(video=""))
    with pytest.raises(InputError, match="no clip has several frames"):
        choose_by("clip", FRAMES, None, stills)
    with pytest.raises(InputError, match="judged no clips"):
        choose_by("clip", {}, None, clips)
    with pytest.raises(InputError, match="judged by single images"):
        choose_by("patient", FRAMES, None, replace(clips, number="age"))
    with pytest.raises(InputError, match="--by clips: nothing is judged so; did you mean 'clip'"):
        by_of("clips")

"""Segmented areas of clips against their flags."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pleura.errors import InputError
from pleura.evaluate.intervals import summarise
from pleura.evaluate.segmented_areas import AREAS, by_clip, judge_areas

FLAGS = {"b_line": "b"}


def frames(flags: list[str]) -> pd.DataFrame:
    """Six frames: two clips of one patient, a still of another, a clip of a third."""
    return pd.DataFrame(
        {
            "image": [f"{i}.png" for i in range(6)],
            "patient": ["p", "p", "p", "q", "r", "r"],
            "video": ["v", "v", "w", "", "x", "x"],
            "b": flags,
        }
    )


def test_areas_are_means_over_the_frames_of_a_clip() -> None:
    shares = np.array([[0.1, 0], [0.3, 0], [0.5, 0], [0, 0.2], [0, 0], [1, 0]], "float32")
    table = by_clip(shares, ("b_line", "a_line"), frames(["0", "1", "0.0", "", "", "false"]), FLAGS)
    b_line, a_line = (
        table[table["structure"] == name].set_index("video") for name in ("b_line", "a_line")
    )
    areas = {"v": 0.2, "w": 0.5, "3.png": 0, "x": 0.5}
    assert b_line["area"].to_dict() == pytest.approx(areas)
    assert a_line["area"]["3.png"] == pytest.approx(0.2)
    # One frame with the flag is enough; what is not known is not "without".
    assert b_line["flag"].to_dict() == {"v": "1", "w": "0", "3.png": "", "x": "0"}
    assert set(a_line["flag"]) == {""}
    assert set(b_line["column"]) == {"b"}
    assert list(b_line["patient"]) == ["p", "p", "q", "r"]


def test_other_flags_are_refused() -> None:
    with pytest.raises(InputError, match=r"column b: a flag is 0, 1 or empty, not '2', 'maybe'"):
        by_clip(np.zeros((6, 1), "float32"), ("b_line",), frames([*"012", "maybe", "", ""]), FLAGS)


def test_flags_are_read_in_any_spelling() -> None:
    flags = frames(["TRUE", "nan", "00", "1.0", " 0 ", "NA"])
    table = by_clip(np.zeros((6, 1), "float32"), ("b_line",), flags, FLAGS)
    assert dict(zip(table["video"], table["flag"], strict=True)) == {
        "v": "1",
        "w": "0",
        "3.png": "1",
        "x": "0",
    }


def areas(clips: int = 90, folds: int = 1, seeds: int = 1, effect: float = 1.0) -> pd.DataFrame:
    """Every third clip has the flag and shows more; a patient has one to three clips."""
    random = np.random.default_rng(0)
    number = np.arange(clips)
    flag = (number % 3 == 0).astype(int)
    patient = np.sort(random.integers(clips // 2, size=clips))
    tables = []
    for seed in range(seeds):
        area = 0.2 / (1 + np.exp(-random.normal(size=clips) - effect * flag))
        tables.append(
            pd.DataFrame(
                {
                    "network": "dense",
                    "fold": (patient % folds).astype(str) if folds > 1 else "",
                    "seed": seed,
                    "video": [f"v{i}" for i in number],
                    "patient": [f"p{i}" for i in patient],
                    "structure": "b_line",
                    "area": area.round(3),
                    "column": "b",
                    "flag": flag.astype(str),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)[list(AREAS)]


@pytest.mark.parametrize("seeds", [1, 3])
def test_value_and_limits_are_those_of_the_summary_of_two_classes(seeds: int) -> None:
    table = areas(seeds=seeds)
    (row,) = judge_areas(table).to_dict("records")
    as_predictions = table.assign(
        recipe="r",
        fold=0,
        fraction=1.0,
        part="test",
        label=table["flag"],
        image=table["video"],
        logit_0=np.log(1 - table["area"]),
        logit_1=np.log(table["area"]),
    )
    summary = summarise(as_predictions)
    told = summary[(summary["metric"] == "auroc") & (summary["class"] == "1")].iloc[0]
    for ours, theirs in (("auroc", "value"), ("low", "low"), ("high", "high")):
        assert row[ours] == pytest.approx(told[theirs])
    assert (row["flagged"], row["clips"]) == (30, 90)
    assert row["patients"] == table["patient"].nunique()


def test_clips_of_different_folds_are_never_held_against_each_other() -> None:
    table = areas(folds=3)
    # Networks of one fold see ten times as much everywhere.
    table.loc[table["fold"] == "1", "area"] *= 10
    (row,) = judge_areas(table).to_dict("records")
    right = pairs = 0.0
    for _, fold in table.groupby("fold"):
        share = roc_auc_score(fold["flag"] == "1", fold["area"])
        number = (fold["flag"] == "1").sum() * (fold["flag"] == "0").sum()
        right, pairs = right + share * number, pairs + number
    assert row["auroc"] == pytest.approx(right / pairs)
    assert row["auroc"] != pytest.approx(roc_auc_score(table["flag"] == "1", table["area"]))


def test_medians_are_over_clips_with_and_without_the_flag() -> None:
    table = areas(seeds=2)
    (row,) = judge_areas(table).to_dict("records")
    means = table.groupby("video")["area"].mean()
    flagged = table.groupby("video")["flag"].first() == "1"
    assert row["median_with"] == pytest.approx(means[flagged].median())
    assert row["median_without"] == pytest.approx(means[~flagged].median())


@pytest.mark.filterwarnings("error")
def test_what_cannot_be_told_is_nan() -> None:
    never = judge_areas(areas().assign(flag="0")).iloc[0]
    assert never[["auroc", "low", "high", "median_with"]].isna().all()
    assert never["median_without"] > 0
    table = areas()
    table.loc[table["patient"] != table["patient"][0], "flag"] = "0"
    table.loc[table["patient"] == table["patient"][0], "flag"] = "1"
    single = judge_areas(table).iloc[0]
    assert np.isfinite(single["auroc"])
    assert np.isnan(single["low"])
    one = judge_areas(areas().assign(patient="p")).iloc[0]
    assert np.isnan(one["low"])
    assert judge_areas(areas().assign(flag="")).empty
    assert judge_areas(pd.DataFrame(columns=list(AREAS))).empty

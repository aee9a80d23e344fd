"""The benchmark of a budget's rules pairs by seed, and trains nothing twice."""

import json
from pathlib import Path

import pytest
from benchmarks.budget_rules import ARMS, TRAINED, USUAL, Arm, done, summary, waiting

from pleura.data.augment_settings import Augmentation


def test_what_has_ended_is_not_trained_again(tmp_path: Path) -> None:
    arms = {USUAL: Arm(), "short": Arm()}
    asked = [*waiting(tmp_path, arms, ["adults"], [0, 1])]
    assert len(asked) == 2 * 2 * len(TRAINED)
    lines = [json.dumps({**key, "scores": [0.5], "seconds": 1.0}) for key in asked[:3]]
    (tmp_path / "trainings.jsonl").write_text("\n".join(lines) + "\n")
    assert [*waiting(tmp_path, arms, ["adults"], [0, 1])] == asked[3:]


def test_differences_are_paired_by_seed(tmp_path: Path) -> None:
    rows = [
        {"data": "adults", "network": "a", "arm": arm, "seed": seed, "seconds": seconds}
        | {"scores": [0.5, best + seed / 10]}
        for arm, best, seconds in ((USUAL, 0.7, 10.0), ("double", 0.72, 20.0))
        for seed in (0, 1)
    ]
    (tmp_path / "trainings.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    told = summary(done(tmp_path)).loc["double"]
    assert told["trainings"] == 2 and told["cost"] == 2.0
    assert told["mean"] == pytest.approx(0.02) and told["se"] == pytest.approx(0.0, abs=1e-9)


def test_the_usual_arm_is_what_is_done_without_a_budget() -> None:
    assert ARMS[USUAL].augmentation() == Augmentation()
    assert ARMS["varied more"].augmentation().rotation == 15.0

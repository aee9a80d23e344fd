"""Prediction sets in what `pleura predict` prints."""

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.clip_files import write_gif

from pleura.deploy.package import load_model
from pleura.deploy.record import NO_SET
from tests.deploy.predicting import PIXELS, images, model, predict

__all__ = ["images", "model"]  # fixtures


def with_sets(model: Path, thresholds: list[list[float | None]], *, several: bool) -> Path:
    """The model with a rule of prediction sets in its card."""
    path = model / "model.json"
    card = json.loads(path.read_text())
    patients = [[3 if each is None else 12 for each in row] for row in thresholds]
    card["sets"] = {
        "coverage": 0.9,
        "several": several,
        "thresholds": thresholds,
        "patients": patients,
    }
    if several:
        card["calibration"] = {"temperature": [1.0, 1.0], "biases": [0.0, 0.0]}
    path.write_text(json.dumps(card))
    return model


def test_a_set_stands_beside_the_probabilities(model: Path, images: Path) -> None:
    code, rows, said = predict(with_sets(model, [[0.5, None]], several=False), images)
    assert code == 1
    assert list(rows[0])[:5] == ["image", "no", "yes", "predicted", "set"]
    for row in rows:
        of_read = "{no|yes}" if row["no"] and float(row["no"]) >= 0.5 else "{yes}"
        assert row["set"] == (of_read if row["no"] else "")
    assert "no prediction set for yes: too few patients" in said
    assert "at least .9 of the patients of each class who are" in said
    assert "On its test patients they held it for: not told by this model" in said
    found = load_model(model).assess(PIXELS[:3])
    assert found.sets is not None
    assert found.sets.shape == (3, 2)
    np.testing.assert_array_equal(found.sets[:, 0], found.probabilities[:, 0] >= 0.5)
    assert found.sets[:, 1].all()


@pytest.mark.parametrize("several", [False, True])
def test_of_the_mean_of_several_frames_no_set_is_told(
    model: Path, images: Path, several: bool
) -> None:
    thresholds: list[list[float | None]] = [[0.6, 0.6]] * (2 if several else 1)
    path = with_sets(model, thresholds, several=several) / "model.json"
    card = json.loads(path.read_text()) | {"frames": {"number": 2, "sector": False}}
    card |= {"thresholds": {"no": 0.5, "yes": 0.5}} if several else {}
    path.write_text(json.dumps(card))
    write_gif(images / "c.gif", PIXELS[:2])
    (images / "list.csv").write_text("image,who\na.png,P\nc.gif,Q\n")
    columns = ["set_no", "set_yes"] if several else ["set"]
    for arguments in ([], ["--patients", "who"]):
        alone, mean = predict(model, images / "list.csv", *arguments)[1]
        for column in columns:
            assert alone[column].startswith("{")
            assert mean[column] == ""
        assert alone["note"] == ""
        assert mean["note"].endswith(f"mean of 2 images; {NO_SET}")
    sets = load_model(model).assess([images / "a.png", images / "c.gif"]).sets
    assert sets is not None
    assert not sets[0].all()
    assert sets[1].all()


def test_where_no_class_has_a_set_nothing_is_promised(model: Path, images: Path) -> None:
    said = predict(with_sets(model, [[None, None]], several=False), images / "a.png")[2]
    assert "no prediction set for no, yes: too few patients were kept for them; they are in" in said
    assert "promise" not in said


def test_what_test_shows_of_the_sets_is_told_with_them(model: Path, images: Path) -> None:
    path = with_sets(model, [[0.5, 0.5]], several=False) / "model.json"
    card = json.loads(path.read_text())
    expected = {"expected_low": 0.85, "expected_high": 0.97}
    card["sets"]["on_test"] = {
        "no": {"covered": 0.91, "low": 0.88, "high": 0.94, **expected},
        "yes": {"covered": 0.55, "low": 0.47, "high": 0.63, **expected},
    }
    path.write_text(json.dumps(card))
    _, rows, said = predict(model, images / "a.png")
    said = said.replace("\N{NO-BREAK SPACE}", " ")
    assert "they held it for: no .910 (.880 to .940); yes .550 (.470 to .630)\n" in said
    assert "test patients sets hold yes less often than promised" in said
    columns = ["image", "no", "yes", "predicted", "set", "unlike_training", "distance", "note"]
    assert list(rows[0]) == columns
    card["sets"]["on_test"]["yes"]["high"] = 0.86
    path.write_text(json.dumps(card))
    assert "less often" not in predict(model, images / "a.png")[2]
    assert load_model(model).on_test["no"].covered == 0.91


@pytest.mark.parametrize("asked", [0.9, 0.3])
def test_a_likeliest_class_that_its_set_rules_out_is_explained(
    model: Path, images: Path, asked: float
) -> None:
    """Each class has a limit of its own, so that the set can hold the less likely one alone."""
    either = dict(predict(model, images / "a.png")[1][0])
    likely, other = sorted(("no", "yes"), key=lambda name: -float(either[name]))
    limits = {likely: asked + 0.1, other: 0.0}
    _, (row,), _ = predict(
        with_sets(model, [[limits["no"], limits["yes"]]], several=False), images / "a.png"
    )
    assert row["predicted"] == likely
    ruled_out = asked == 0.9
    assert row["set"] == (f"{{{other}}}" if ruled_out else "{no|yes}")
    explained = (
        f"{likely} is the likeliest class and yet ruled out: of the patients with {likely} by whom "
        "the sets were made, at least 90 % have a higher probability of it than this image"
    )
    assert row["note"] == (explained if ruled_out else "")


def test_a_call_that_a_set_contradicts_is_explained(model: Path, images: Path) -> None:
    """Thresholds of calls and limits of sets are chosen by other rules."""
    # Of "no" only absence is in the set, of "yes" only presence; the calls say the opposite.
    path = with_sets(model, [[0.0, 1.1], [1.1, 0.0]], several=True) / "model.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"thresholds": {"no": 0.0, "yes": 1.0}}))
    row = predict(model, images / "a.png")[1][0]
    assert (row["set_no"], row["set_yes"]) == ("{absent}", "{present}")
    assert (row["called_no"], row["called_yes"]) == ("1", "0")
    first, second = row["note"].split("; ")
    assert first == (
        "no is called positive and yet ruled out: of the patients with no by whom the sets were "
        "made, at least 90 % have a higher probability of it than this image"
    )
    assert second.startswith("yes is called negative, and yet its absence is ruled out: of the")
    assert second.endswith(
        "patients without yes by whom the sets were made, at least 90 % have "
        "a lower probability of it than this image"
    )


def test_each_finding_has_a_set_of_its_own(model: Path, images: Path) -> None:
    thresholds: list[list[float | None]] = [[2.0, 2.0], [0.0, 0.0]]
    _, rows, said = predict(with_sets(model, thresholds, several=True), images / "a.png")
    assert list(rows[0])[:5] == ["image", "no", "yes", "set_no", "set_yes"]
    assert (rows[0]["set_no"], rows[0]["set_yes"]) == ("{}", "{absent|present}")
    assert "no prediction set" not in said
    assert "at least .9 of the patients with and without each finding who are" in said
    found = load_model(model).assess(PIXELS[0])
    assert found.sets is not None
    assert found.sets.tolist() == [[[False, False], [True, True]]]


def test_classes_called_as_other_columns_keep_a_column_of_their_own(
    model: Path, images: Path
) -> None:
    path = with_sets(model, [[0.5, 0.5]], several=False) / "model.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"classes": ["distance", "set"]}))
    _, rows, _ = predict(model, images / "a.png")
    names = ["image", "predicted_distance", "predicted_set", "predicted", "set", "unlike_training"]
    assert list(rows[0]) == [*names, "distance", "note"]
    both = float(rows[0]["predicted_distance"]) + float(rows[0]["predicted_set"])
    assert both == pytest.approx(1, abs=2e-6)


def test_without_a_rule_there_is_no_set(model: Path, images: Path) -> None:
    _, rows, _ = predict(model, images / "a.png")
    assert "set" not in rows[0]
    assert load_model(model).assess(PIXELS[0]).sets is None

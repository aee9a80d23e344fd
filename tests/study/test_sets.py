"""A study with prediction sets: patients are kept for them, who choose nothing."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pleura
from pleura.errors import InputError
from pleura.evaluate.calibration_maps import map_of
from pleura.evaluate.prediction_sets import rule_of, threshold
from pleura.study.run import Study
from pleura.study.study_files import make_study
from tests.conftest import MakeImages
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")

SETS = {"coverage": 0.7, "patients": 0.4}


def study(manifest: Path, sets: dict[str, float] | None, **changes: Any) -> Study:
    """A frozen network and the pixel baselines."""
    made = content(manifest)
    made["split"] = {"test": 0.3, "validation": 0.4}
    made |= {"seeds": [0], "fractions": [0.6, 1.0], "reference": "frozen", "sets": sets}
    made["recipes"] = {"frozen": made["recipes"]["frozen"]}
    made["tune"] = {"rates": [1e-3], "penalties": [1.0]}
    return Study.from_objects(made | changes)


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=60)


@pytest.fixture(scope="module")
def out(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets") / "study"
    study(manifest, SETS).run(folder)
    return folder


def test_patients_kept_for_sets_are_predicted_and_in_no_other_part(out: Path) -> None:
    table = pd.read_csv(out / "predictions.csv")
    of_part = {part: set(rows["patient"]) for part, rows in table.groupby("part")}
    [fold] = json.loads((out / "split.json").read_text())["folds"]
    trained = {
        name for draw in fold["draws"] for f in draw["fractions"] for name in f["adds_train"]
    }
    assert of_part["sets"] == set(fold["aside"]["sets"])
    assert not of_part["sets"] & (of_part["validation"] | of_part["test"] | trained)
    kept = table[table["part"] == "sets"].groupby(["recipe", "fraction"])["image"].nunique()
    assert kept.nunique() == 1
    assert len(kept) == 6


def test_the_model_handed_over_knows_its_sets(out: Path) -> None:
    card = json.loads((out / "best" / "model.json").read_text())
    rule = rule_of(card["sets"])
    table = pd.read_csv(out / "predictions.csv")
    mine = table[
        (table["recipe"] == "frozen") & (table["fraction"] == 1) & (table["part"] == "sets")
    ]
    logits = mine[[f"logit_{name}" for name in card["classes"]]].to_numpy()
    probabilities = map_of(card["calibration"]).probabilities(logits)
    for at, name in enumerate(card["classes"]):
        its = (mine["label"] == name).to_numpy()
        patients = mine["patient"].to_numpy()[its]
        assert rule.patients[0, at] == len(set(patients)) >= 3
        expected = threshold(probabilities[its, at], patients, 0.7)
        assert rule.thresholds[0, at] == pytest.approx(expected, rel=1e-9)


def test_the_model_handed_over_knows_how_often_its_sets_hold_the_truth_on_test(out: Path) -> None:
    """Every test patient counts as one; a class without a set is not told."""
    card = json.loads((out / "best" / "model.json").read_text())
    rule, table = rule_of(card["sets"]), pd.read_csv(out / "predictions.csv")
    mine = table[
        (table["recipe"] == "frozen") & (table["fraction"] == 1) & (table["part"] == "test")
    ]
    logits = mine[[f"logit_{name}" for name in card["classes"]]].to_numpy()
    inside = rule.by_image(map_of(card["calibration"]).probabilities(logits))
    told = {}
    for at, name in enumerate(card["classes"]):
        its = (mine["label"] == name).to_numpy()
        held = pd.Series(inside[its, at].astype(float))
        told[name] = held.groupby(mine["patient"].to_numpy()[its]).mean().mean()
    found = pleura.load(out / "best").on_test
    assert {name: its.covered for name, its in found.items()} == pytest.approx(told)
    assert all(its.low <= its.covered <= its.high for its in found.values())


def test_another_coverage_does_nothing_again_and_too_few_patients_are_told(
    out: Path, manifest: Path
) -> None:
    said: list[str] = []
    prepared = study(manifest, SETS | {"coverage": 0.95}).prepare(out, announce=said.append)
    assert not prepared.plan.missing(prepared.context.steps)
    [note] = [line for line in said if "no set for" in line]
    assert "a coverage of 0.95 needs 19 patients" in note
    assert prepared.context.split.aside_of(0)["sets"].dtype == np.int64


def test_of_several_folds_the_number_told_is_that_of_the_fold_with_fewest(
    manifest: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    folds = {"folds": 2, "validation": 0.4}
    high = SETS | {"coverage": 0.95}
    prepared = study(manifest, high, split=folds).prepare(tmp_path, announce=said.append)
    context = prepared.context
    kept = [context.split.aside_of(fold)["sets"] for fold in (0, 1)]
    fewest = min(
        len(set(context.manifest.groups[rows[context.labels[rows] == 0]])) for rows in kept
    )
    [note] = [line for line in said if "no set for" in line]
    assert f"{context.manifest.classes[0]} ({fewest})" in note
    assert "the number in brackets, of the fold with fewest;" in note


def test_without_sets_keys_and_file_are_as_if_there_were_none(
    manifest: Path, tmp_path: Path
) -> None:
    plain = study(manifest, None).prepare(tmp_path / "one")
    assert not any("sets" in step.spec for step in plain.plan.steps)
    assert "sets" not in plain.context.split.parts(0, 0, 1.0).by_name
    asked = study(manifest, SETS).prepare(tmp_path / "two")
    assert {step.key for step in plain.plan.steps if step.kind == "head"}.isdisjoint(
        step.key for step in asked.plan.steps
    )


@pytest.mark.parametrize(
    ("sets", "told"),
    [
        ({"coverage": 1.0}, "sets.coverage: takes"),
        ({"coverage": 0.4}, "at least 0.5"),
        ({"patients": 0.0}, "sets.patients: takes"),
        ({"cover": 0.9}, "sets.cover: unknown key"),
    ],
)
def test_what_cannot_be_is_refused(sets: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match="here") as refused:
        make_study(
            content(Path("images.csv")) | {"sets": sets}, where="here", relative_to=Path("/base")
        )
    assert told in str(refused.value)


def test_numbers_have_no_sets() -> None:
    made = content(Path("images.csv")) | {"task": "numbers", "sets": {}}
    made["data"] |= {"number": {"column": "age"}}
    with pytest.raises(InputError, match="sets: of classes and findings only"):
        make_study(made, where="here", relative_to=Path("/base"))


def test_the_page_shows_sets_and_abstention(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'id="sets"' in page
    assert "How often the set holds the truth on test; promised: 70\N{NO-BREAK SPACE}%" in page
    assert (out / "figures" / "abstention_0.svg").is_file()


def test_the_model_gives_the_sets_that_the_page_judges(out: Path, manifest: Path) -> None:
    model = pleura.load(out / "best")
    table = pd.read_csv(out / "predictions.csv")
    mine = table[(table["recipe"] == "frozen") & (table["part"] == "test")]
    mine = mine[mine["fraction"] == 1]
    found = model.assess([manifest.parent / name for name in mine["image"]])
    assert model.rule is not None
    assert found.sets is not None
    logits = mine[[f"logit_{name}" for name in model.classes]].to_numpy()
    calibrated = model.calibration.probabilities(logits)
    np.testing.assert_allclose(found.probabilities, calibrated, atol=1e-4)
    np.testing.assert_array_equal(found.sets, model.rule.sets(found.probabilities)[:, 0])


def test_an_ensemble_that_is_handed_over_has_sets_by_patients_who_trained_no_member(
    manifest: Path, tmp_path: Path
) -> None:
    changes = {"seeds": [0, 1], "fractions": [1.0], "ensembles": {"hand_over": True}}
    study(manifest, SETS, **changes).run(tmp_path / "study")
    model = pleura.load(tmp_path / "study" / "best")
    assert model.rule is not None
    assert (model.rule.patients >= 3).all()
    page = (tmp_path / "study" / "report.html").read_text(encoding="utf-8")
    [section] = re.findall(r'<section id="sets".*?</section>', page, re.S)
    assert "frozen, ensemble of 2" in section
    assert "best/ (" in section

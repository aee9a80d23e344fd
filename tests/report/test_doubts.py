"""The warnings before the results."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Findings
from tests.report.conftest import cautions_of, find, study_of
from tests.report.written import write_report

MakeStudy = Callable[..., Path]
FOREST = "pixels: random forest"
RECIPES = {"scratch": 1.0, "fine-tuning": 2.2, "feature extraction": 1.5}


def warned(folder: Path) -> dict[str, bool]:
    """Each caution's text, and whether it is serious."""
    contents = read_classifiers(folder)
    found = cautions_of(study_of(contents, find(contents)))
    return {caution.text.replace("\u00a0", " "): caution.serious for caution in found}


def said(folder: Path, words: str) -> bool:
    """Whether some caution holds the words."""
    return any(words in text for text in warned(folder))


def test_a_sound_study_has_few(make_study: MakeStudy) -> None:
    skills = RECIPES | {"pixels: random forest": 0.2}
    found = warned(make_study(skills))
    assert all(text[0].isupper() or text[0] == "“" for text in found)
    assert not any(found.values())
    assert found.keys() == {
        "The chosen learning rate lies at the edge of the grid for feature extraction "
        "(2 of 6 runs): a better value may lie outside it.",
        "Training had not converged for scratch (3 of 6 runs): more epochs may change the result. "
        "If curves of macro AUROC on validation go on as they are, twice the epochs add (with 95 % "
        "intervals): scratch .008 (.004 to .013).",
    }


def test_simulated_images(make_study: MakeStudy) -> None:
    folder = make_study()
    assert not said(folder, "stand in for patients")
    study = yaml.safe_load((folder / "study.yaml").read_text())
    study["data"] = {**study.get("data", {}), "simulated": {"kind": "chest-xray"}}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    found = {text: serious for text, serious in warned(folder).items() if "simulated (" in text}
    assert found == {
        "The images are simulated (chest-xray): they never stand in for patients, and the result "
        "tells of the simulation alone.": True
    }


def test_that_a_study_was_a_quick_try_stands_before_all_else(make_study: MakeStudy) -> None:
    """Beside many serious cautions there would be no room for it on the first sheet."""
    folder = make_study(RECIPES | {FOREST: 3.0})
    study = yaml.safe_load((folder / "study.yaml").read_text())
    study["data"] = {**study.get("data", {}), "patients": 40}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    first, second, *_ = warned(folder)
    assert first.startswith("No more than 40 patients of each label")
    assert "pixel baseline" in second


def test_simulated_images_of_a_table(make_study: MakeStudy) -> None:
    folder = make_study()
    told = "3 of 90 images are simulated and never stand in for patients"
    notes = [told, "step turned: these images are simulated and never stand in for patients"]
    (folder / "notes.json").write_text(json.dumps(notes))
    found = {text: serious for text, serious in warned(folder).items() if "simulated" in text}
    assert found == {f"{told}: of them the result tells of the simulation alone.": True}


def test_official_parts(make_study: MakeStudy) -> None:
    """Seeds do not draw who validates: a caution says so, and so does the glossary."""
    folder = make_study()
    assert not said(folder, "who trains, validates and tests")
    assert "other validation patients" in write_report(folder).read_text(encoding="utf-8")
    split = json.loads((folder / "split.json").read_text())
    split["rule"] = {"test": "part", "validation": "part"}
    (folder / "split.json").write_text(json.dumps(split))
    found = {text: serious for text, serious in warned(folder).items() if "column “part”" in text}
    assert list(found.values()) == [False]
    assert "not in the intervals" in next(iter(found))
    assert "the same validation patients" in write_report(folder).read_text(encoding="utf-8")


def test_one_seed(make_study: MakeStudy) -> None:
    found = warned(make_study(seeds=(0,)))
    text = next(text for text in found if text.startswith("One seed"))
    assert text.startswith("One seed at 10 % of the labels and with all labels: training variation")
    assert found[text]


def test_two_seeds(make_study: MakeStudy) -> None:
    folder = make_study(seeds=(0, 1), fractions=(1.0,))
    assert warned(folder)[
        "Two seeds: they tell little about training variation. Where trainings differ much, "
        "intervals are too narrow, and p falls below .05 between equal recipes in 8 to 12 % of "
        "simulated studies instead of 5 %."
    ]


def test_two_seeds_at_one_fraction(make_study: MakeStudy) -> None:
    folder = make_study()
    for name in ("predictions.csv", "runs.csv"):
        table = pd.read_csv(folder / name)
        table[(table["seed"] < 2) | (table["fraction"] == 0.1)].to_csv(folder / name, index=False)
    assert said(folder, "Two seeds with all labels: they")


def test_one_run(make_study: MakeStudy) -> None:
    skills = {"scratch": 1.0, "feature extraction": 2.0}
    assert said(make_study(skills, fractions=(1.0,), seeds=(0,)), "extraction (1 of 1 run):")


def test_few_patients(make_study: MakeStudy) -> None:
    assert said(make_study(patients=60), "Only 60 test patients")


def with_virus(folder: Path, patients: int) -> Path:
    """The study with that many test patients of one class in the last seed only."""
    split = json.loads((folder / "split.json").read_text())
    for record in split["counts"]:
        if (record["class"], record["part"], record["seed"]) == ("VIRUS", "test", 2):
            record["patients"] = patients
    (folder / "split.json").write_text(json.dumps(split))
    return folder


def test_few_patients_of_a_class(make_study: MakeStudy) -> None:
    found = warned(with_virus(make_study(), 19))
    assert found[
        "Only 19 test patients with “VIRUS” (fewer than 20): a few of them decide the result, and "
        "the intervals are themselves uncertain."
    ]


def test_enough_patients_of_a_class(make_study: MakeStudy) -> None:
    assert not said(with_virus(make_study(), 20), "test patients")


def test_few_patients_and_fewer_of_a_class_are_one_caution(make_study: MakeStudy) -> None:
    found = [text for text in warned(with_virus(make_study(patients=60), 1)) if "Only" in text]
    assert len(found) == 1
    assert "Only 60 test patients (fewer than 100) and only 1 test patient with “VIRUS”" in found[0]


def test_nothing_was_tuned(make_study: MakeStudy) -> None:
    folder = make_study()
    assert not said(folder, "No recipe was tuned")
    runs = pd.read_csv(folder / "runs.csv")
    runs["trials"] = json.dumps([{"rate": 0.001}])
    runs.to_csv(folder / "runs.csv", index=False)
    text = (
        "No recipe was tuned: one value of learning rate was tried, and another may change the "
        "result."
    )
    assert warned(folder)[text] is False


def test_a_recipe_below_the_pixels_does_no_better(make_study: MakeStudy) -> None:
    skills = {"scratch": 2.0, "probe": 0.3, "pixels: random forest": 1.0}
    found = warned(make_study(skills, fractions=(1.0,)))
    text = next(text for text in found if "no better" in text)
    assert text.startswith("“probe” (.")
    assert "does no better than the pixel baseline “pixels: random forest” (." in text
    assert text.endswith(" AUROC) on thumbnails, with all labels.")
    assert "scratch" not in text
    assert found[text]


def test_where_there_is_no_interval_none_is_spoken_of(
    contents: ClassifierFolder, make_findings: Callable[..., Findings]
) -> None:
    findings = make_findings(
        [("scratch", 0.1, 0.91), (FOREST, 0.1, 0.9)],
        against_pixels=[("scratch", 0.1, 0.01, float("nan"), float("nan"))],
    )
    found = {each.text.replace("\u00a0", " ") for each in cautions_of(study_of(contents, findings))}
    assert {text for text in found if "pixel baseline" in text} == {
        "“scratch” (.910, difference +.010, no interval) is not shown to beat the pixel baseline "
        "“pixels: random forest” (.900 AUROC) at 10 % of the labels: there is no interval of the "
        "difference."
    }


def test_a_recipe_little_above_the_pixels(
    contents: ClassifierFolder, make_findings: Callable[..., Findings]
) -> None:
    findings = make_findings(
        [("scratch", 0.1, 0.91), ("a", 0.1, 0.95), ("b", 0.1, 0.8), (FOREST, 0.1, 0.9)],
        against_pixels=[
            ("scratch", 0.1, 0.01, -0.02, 0.04),
            ("a", 0.1, 0.05, 0.02, 0.08),
            ("b", 0.1, -0.1, -0.2, 0.01),
        ],
    )
    cautioned = cautions_of(study_of(contents, findings))
    found = {caution.text.replace("\u00a0", " ") for caution in cautioned}
    assert {text for text in found if "pixel baseline" in text} == {
        "“scratch” (.910, difference +.010, −.020 to .040) is not shown to beat the pixel baseline "
        "“pixels: random forest” (.900 AUROC) at 10 % of the labels: the interval of the "
        "difference does not leave zero out.",
        "“b” (.800) does no better than the pixel baseline “pixels: random forest” (.900 AUROC) on "
        "thumbnails, at 10 % of the labels.",
    }
    assert not any(caution.in_verdict for caution in cautioned)
    without = findings.against_pixels[findings.against_pixels["recipe"] != "a"]
    looks = {name: look for name, look in findings.looks.items() if name != "a"}
    cautioned = cautions_of(
        study_of(contents, replace(findings, against_pixels=without, looks=looks))
    )
    assert {c.in_verdict for c in cautioned if "pixel baseline" in c.text} == {True}


def test_unequal_budgets(make_study: MakeStudy) -> None:
    folder = make_study()
    runs = pd.read_csv(folder / "runs.csv")
    runs.loc[runs["recipe"] == "fine-tuning", "trials"] = json.dumps([{"rate": 0.001}])
    runs.to_csv(folder / "runs.csv", index=False)
    assert said(folder, "not tuned equally: 1–3 trials a run")


def test_seeds_that_look_near_what_earlier_ones_chose(make_study: MakeStudy) -> None:
    folder = make_study()
    runs = pd.read_csv(folder / "runs.csv")
    words = "Seeds of “fine-tuning” are no independent trainings"
    for search, expected in (({"by": "halving"}, False), ({"by": "halving", "near": 1}, True)):
        runs["search"] = ""
        runs.loc[runs["recipe"] == "fine-tuning", "search"] = json.dumps(search)
        runs.to_csv(folder / "runs.csv", index=False)
        assert said(folder, words) == expected


def test_missing_runs(make_study: MakeStudy) -> None:
    folder = make_study()
    runs = pd.read_csv(folder / "runs.csv")
    gone = (runs["recipe"] == "fine-tuning") & (runs["seed"] == 2) & (runs["fraction"] == 0.1)
    runs[~gone].to_csv(folder / "runs.csv", index=False)
    assert said(folder, "fine-tuning (5 of 6)")


def test_random_weights_of_a_recipe_but_not_of_the_reference(make_study: MakeStudy) -> None:
    folder = make_study(reference="fine-tuning")
    assert said(folder, "“scratch” starts from random weights")
    (folder / "study.yaml").write_text("reference: scratch\n")
    assert not said(folder, "random weights")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"fit": "pad"}, "padded with black bars to a square:"),
        ({"image_is_patient": True}, "Every image counts as its own patient: where several"),
    ],
)
def test_data(make_study: MakeStudy, data: dict[str, object], words: str) -> None:
    assert said(make_study(data=data), words)


def test_only_notes_that_warn_are_shown_and_once(make_study: MakeStudy) -> None:
    folder = make_study(data={"fit": "crop", "image_is_patient": True})
    notes = ["every image counts as its own patient", "12 images of more than 8 bits"]
    (folder / "notes.json").write_text(json.dumps(notes))
    found = {text: serious for text, serious in warned(folder).items() if "image" in text.lower()}
    assert found == {
        "Every image counts as its own patient: where several of them show one person, intervals "
        "are too narrow and people may be on both sides of the split.": True
    }

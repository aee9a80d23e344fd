"""Recipes that are taught by others: what a study file says, and what is learned from whom."""

from pathlib import Path
from typing import Any

import pytest

from pleura.errors import InputError
from pleura.study.distillation import refuse_students, twin_of, without_ranking
from pleura.study.schema import StudyFile
from pleura.study.study_files import dump_study, make_study, read_study
from tests.study.studies import content

CUT = {"strategy": {"truncation": {"at": "blocks.1"}}}
BY_FULL = {"teacher": "full", "temperature": 3, "weight": 0.6}
RECIPES: dict[str, dict[str, Any]] = {
    "full": {},
    "cut": CUT,
    "student": {**CUT, "distillation": BY_FULL},
    "labelled alone": {**CUT, "distillation": {**BY_FULL, "unlabelled": 0}},
    "of many": {**CUT, "distillation": {**BY_FULL, "members": 2}},
    "grandchild": {**CUT, "distillation": {"teacher": "student"}},
}


def study_of(manifest: Path, recipes: dict[str, dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """Recipes that fine-tune a network at half the labels, but for what they say themselves."""
    study = content(manifest) | {"seeds": [0], "fractions": [0.5, 1.0], "reference": "full"}
    net = study["recipes"]["full"]
    study["recipes"] = {name: {**net, **of} for name, of in recipes.items()}
    return {**study, **changes}


def made(**recipes: dict[str, Any]) -> StudyFile:
    return made_with({}, **recipes)


def made_with(changes: dict[str, Any], **recipes: dict[str, Any]) -> StudyFile:
    study = study_of(Path("images.csv"), {"full": {}, **recipes}, **changes)
    made = make_study(study, where="here", relative_to=Path("/base"))
    assert isinstance(made, StudyFile)
    return made


def test_a_file_without_a_teacher_is_that_of_earlier_versions(tmp_path: Path) -> None:
    assert "distillation" not in dump_study(made())
    study, path = made(student={"distillation": BY_FULL}), tmp_path / "study.yaml"
    path.write_text(dump_study(study))
    assert read_study(path) == study
    asked = study.recipes["student"].distillation
    assert asked is not None and asked.taught_by == "full"
    assert asked.spec() == {"distillation": {"temperature": 3.0, "weight": 0.6, "unlabelled": 1}}


TAUGHT = {"distillation": {"teacher": "full"}}


@pytest.mark.parametrize(
    ("recipes", "message"),
    [
        ({"a": {"distillation": {"teacher": "ful"}}}, "no recipe is called 'ful'; did you mean"),
        ({"a": {"distillation": {"teacher": "a"}}}, "'a' cannot teach itself"),
        ({"a": {"distillation": {"teacher": "b"}}, "b": {}}, "'b' must stand above 'a'"),
        (
            {"a": {"distillation": {"teacher": "b"}}, "b": {"distillation": {"teacher": "a"}}},
            r"a\.distillation\.teacher: recipes teach one another in a circle \(a → b → a\)",
        ),
        ({"a": {"distillation": {"teacher": "full", "weight": 0}}}, "a number above 0"),
        ({"a": {"distillation": {"teacher": "full", "temperature": 0}}}, "a number above 0"),
        ({"a": {"distillation": {}}}, "teacher"),
        ({"a": {**TAUGHT, "strategy": "feature_extraction"}}, "fitted to the labels alone"),
        ({"a": {**TAUGHT, "hide": "frame"}}, r"hide would be undone; .* \(hide: none\)"),
        ({"a": {**TAUGHT, "group_sampling": "sources"}}, "group_sampling would be undone"),
        ({"a": {**TAUGHT, "group_dro": "sources"}}, "group_dro would be undone"),
        ({"a": {**TAUGHT, "backbone": "", "network": "x_unet"}}, "goes with backbone only"),
    ],
)
def test_what_does_not_fit_is_named(recipes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        made(**recipes)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training": {"augmentation": {"mixup": {"alpha": 0.2}}}}, "mixup lays images over one"),
        ({"budget": "2 h"}, "a budget cannot count students of a teacher whose depth is searched"),
    ],
)
def test_what_the_study_does_may_not_fit(changes: dict[str, Any], message: str) -> None:
    searched = {"strategy": {"truncation": {"at": "auto"}}}
    with pytest.raises(InputError, match=message):
        made_with(changes, searched=searched, a={"distillation": {"teacher": "searched"}})


def test_numbers_and_masks_are_not_taught() -> None:
    study = study_of(Path("images.csv"), {"full": {}, "a": TAUGHT}, task="numbers")
    study["data"]["number"] = {"column": "age"}
    with pytest.raises(InputError, match="a number has none"):
        make_study(study, where="here", relative_to=Path("/base"))
    masks = {"network": "x_unet", **TAUGHT}
    study = {
        "question": "where",
        "task": "segmentation",
        "data": {"manifest": "images.csv", "masks": {"kind": "binary", "names": ["lung"]}},
        "split": {"test": 0.2, "validation": 0.2},
        "reference": "a",
        "recipes": {"a": masks},
    }
    with pytest.raises(InputError, match="distillation is for classes, findings and grades"):
        make_study(study, where="here", relative_to=Path("/base"))


def test_heads_on_features_are_refused_where_they_are_known() -> None:
    study = made(frozen={"strategy": "feature_extraction"}, a=TAUGHT)
    refuse_students(study, ["frozen"])
    with pytest.raises(InputError, match="a learns from features that never change"):
        refuse_students(study, ["a"])
    several = {"distillation": {"teacher": "frozen", "members": 3}}
    study = made(frozen={"strategy": "feature_extraction"}, a=several)
    with pytest.raises(InputError, match="has no members that differ; leave members out"):
        refuse_students(study, ["frozen"])


def test_a_student_of_a_teacher_without_its_weights_is_not_ranked() -> None:
    asked = made(teacher={"weights": "imagenet"}, a={"distillation": {"teacher": "teacher"}}, b={})
    random = asked.recipes["teacher"].model_copy(update={"weights": "random", "ranked": False})
    missing = asked.model_copy(update={"recipes": {**asked.recipes, "teacher": random}})
    study, said = without_ranking(asked, missing)
    assert said == ["a: its teacher teacher has random weights, so not ranked"]
    assert [name for name, of in study.recipes.items() if of.ranked] == ["full", "b"]
    with pytest.raises(InputError, match="reference: 'a': its teacher 'teacher' has random"):
        without_ranking(asked, missing.model_copy(update={"reference": "a"}))


def test_a_student_of_one_who_saw_images_that_test_is_as_its_teacher() -> None:
    own = {"training": {"epochs": 1}, "method": "rotation"}
    steps = {"seen": {"task": "selfsup", **own, "transductive": True}}
    study = made_with({"steps": steps}, teacher={"curriculum": ["seen"]}, a=TAUGHT)
    assert not study.is_transductive(study.recipes["a"])
    of_teacher = {"distillation": {"teacher": "teacher"}}
    study = made_with({"steps": steps}, teacher={"curriculum": ["seen"]}, a=of_teacher)
    assert study.is_transductive(study.recipes["a"])


def test_a_twin_has_no_teacher_and_all_else() -> None:
    study = made(cut=CUT, student={**CUT, **TAUGHT}, alone=TAUGHT)
    assert twin_of("student", study.recipes) == "cut"
    assert twin_of("alone", study.recipes) == "full"
    saved = study.model_dump(mode="json")["recipes"]
    assert twin_of("student", saved) == "cut"
    assert twin_of("student", {"student": saved["student"]}) == ""

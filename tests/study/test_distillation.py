"""Recipes that are taught by others: what a study file says, and what is learned from whom."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import softmax

from pleura.errors import InputError
from pleura.study.attempt import perform
from pleura.study.context import Context, quiet
from pleura.study.distillation import refuse_students, twin_of, without_ranking
from pleura.study.dropped import drop_losers
from pleura.study.schema import StudyFile
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.fit import on_images
from pleura.study.steps.listed import kind_as
from pleura.study.steps.member import Member
from pleura.study.steps.soft_targets import LOGITS
from pleura.study.steps.trial import NetworkTrial
from pleura.study.study_files import dump_study, make_study, read_study
from pleura.study.teaching import (
    images_beside,
    images_taught,
    rows_seen,
    teaching_of,
    told_of_students,
)
from pleura.study.trials import best_of, trials_of
from pleura.tasks.distillation import OnTaughtImages
from pleura.tasks.images import on_device, predict
from pleura.train.task import Batch
from tests.conftest import MakeImages
from tests.study.studies import content
from tests.study.test_halving import planned
from tests.study.test_training import KilledError, Seen

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


@dataclass(frozen=True)
class Taught:
    """All that trains in a study, done but for the students."""

    plan: Plan
    context: Context

    def outcome(self, recipe: str, fraction: float = 0.5) -> Step:
        (found,) = (
            step
            for step in self.plan.of("outcome")
            if (step.spec["recipe"], step.spec["fraction"]) == (recipe, fraction)
        )
        return found

    def training(self, recipe: str, fraction: float = 0.5) -> Step:
        return trials_of(self.outcome(recipe, fraction))[0]

    def done(self, step: Step) -> Step:
        for each in (*step.parents, step):
            if each is not step:
                self.done(each)
        if not step.is_done(self.context.steps):
            perform(step, self.context, quiet)
        return step


@pytest.fixture(scope="module")
def taught(make_images: MakeImages, tmp_path_factory: pytest.TempPathFactory) -> Taught:
    study = study_of(make_images(patients=36), RECIPES)
    make_plan, context = planned(study, tmp_path_factory.mktemp("taught"))
    return Taught(make_plan(), context)


def test_no_patient_is_learned_from_who_judges(taught: Taught) -> None:
    context, spec = taught.context, taught.training("student").spec
    train, unlabelled = images_taught(spec, context)
    parts, groups = context.parts(spec), context.manifest.groups
    assert train.tolist() == parts.train.tolist()
    assert len(unlabelled) and not set(unlabelled) & set(train)
    judging = [*parts.validation, *parts.test, *context.split.validates_in(0, 0)]
    assert not set(groups[[*train, *unlabelled]]) & set(groups[judging])
    left = set(range(len(groups))) - {*train, *unlabelled, *judging}
    assert not left
    _, none = images_taught(taught.training("student", 1.0).spec, context)
    assert not len(none)
    assert images_beside(taught.training("student", 1.0).spec, context) == 0
    assert images_beside(spec, context) == min(len(train), len(unlabelled) * 2)
    assert images_beside(taught.training("labelled alone").spec, context) == 0
    assert images_beside(taught.training("cut").spec, context) == 0


def test_keys_hang_on_the_teacher_and_no_others(taught: Taught) -> None:
    cut, student = taught.training("cut"), taught.training("student")
    own = {"distillation": {"temperature": 3.0, "weight": 0.6, "unlabelled": 1}}
    assert {**cut.spec, **own} == student.spec
    assert {**cut.versions, "distillation": 1} == student.versions
    assert not cut.parents
    teaching = teaching_of(student)
    assert teaching is not None
    assert student.parents == (teaching,)
    assert list(teaching.parents) == trials_of(taught.outcome("full"))
    assert teaching_of(taught.training("labelled alone")) == teaching  # shared by all students
    several = teaching_of(taught.training("of many"))
    assert several is not None
    assert [parent.kind for parent in several.parents] == ["fit", "fit", "member"]
    assert "test" not in teaching.spec


def test_a_plan_tells_who_teaches_whom(taught: Taught) -> None:
    lines = told_of_students(taught.plan.of("outcome"), taught.context)
    train, unlabelled = images_taught(taught.training("student").spec, taught.context)
    assert lines[0] == (
        f"student: taught by full (temperature 3, weight 0.6), 50% of the labels: {len(train)} "
        f"labelled images and {len(unlabelled)} images without label; up to 2 epochs of "
        f"{-(-len(train) // 8)} steps as without a teacher, each step on 2 x as many images"
    )
    assert any("mean of 2 networks" in line for line in lines)
    assert any("each step on 1 x as many images" in line for line in lines)


def test_soft_targets_are_what_the_best_on_validation_says(taught: Taught) -> None:
    context = taught.context
    teaching = teaching_of(taught.training("student"))
    assert teaching is not None
    taught.done(teaching)
    best = best_of(trials_of(taught.outcome("full")), context)
    network = kind_as(NetworkTrial, best).trained(best, context).network
    logits = np.load(teaching.folder(context.steps) / LOGITS)
    rows = rows_seen(teaching.spec, context)
    expected = predict(network, context.bank, rows, torch.device("cpu"))
    np.testing.assert_array_equal(logits, expected)
    both = np.sort(np.concatenate(images_taught(teaching.spec, context)))
    assert rows.tolist() == both.tolist()


def test_members_train_on_the_same_images_and_their_probabilities_are_averaged(
    taught: Taught,
) -> None:
    context = taught.context
    teaching = teaching_of(taught.training("of many"))
    assert teaching is not None
    taught.done(teaching)
    (member,) = (parent for parent in teaching.parents if parent.kind == "member")
    best = best_of(trials_of(taught.outcome("full")), context)
    assert member.result(context.steps)["rate"] == best.spec["value"]
    assert member.result(context.steps)["history"] != best.result(context.steps)["history"]
    assert context.parts(member.spec).train.tolist() == context.parts(best.spec).train.tolist()
    networks = [
        kind_as(NetworkTrial, best).trained(best, context).network,
        kind_as(Member, member).trained(member, context).network,
    ]
    logits = np.load(teaching.folder(context.steps) / LOGITS)
    rows = rows_seen(teaching.spec, context)
    each = [
        softmax(predict(network, context.bank, rows, torch.device("cpu")), axis=1)
        for network in networks
    ]
    np.testing.assert_allclose(softmax(logits, axis=1), np.mean(each, axis=0), atol=1e-6)


def test_a_batch_has_its_own_images_and_others_besides(taught: Taught) -> None:
    context, student = taught.context, taught.training("student")
    teaching = teaching_of(student)
    assert teaching is not None
    taught.done(teaching)
    task, plain = on_images(student, context), on_images(taught.training("cut"), context)
    assert isinstance(task, OnTaughtImages)
    seen: list[torch.Tensor] = []

    def model(images: torch.Tensor) -> torch.Tensor:
        seen.append(images)
        return images.mean(dim=(2, 3)) * torch.tensor([[1.0, -1.0]])

    batch = Batch(np.arange(4), seed=5, augmented=True)
    loss = task.loss(model, batch)  # type: ignore[arg-type]
    by_labels = plain.loss(model, batch)  # type: ignore[arg-type]
    both, own = seen
    assert len(both) == 8
    torch.testing.assert_close(both[:4], own, rtol=0, atol=0)  # varied as without a teacher
    others, _ = task.teacher.drawn(batch)
    assert len(set(others.tolist())) == 4
    assert set(others) <= set(images_taught(student.spec, context)[1])
    again, _ = task.teacher.drawn(batch)
    assert again.tolist() == others.tolist()
    rows = np.concatenate([task.train[:4], others])
    said = task.teacher.said_of(rows, torch.device("cpu"))
    saved = np.load(teaching.folder(context.steps) / LOGITS)
    of = dict(zip(rows_seen(teaching.spec, context).tolist(), saved, strict=True))
    np.testing.assert_array_equal(said.numpy(), [of[row] for row in rows.tolist()])
    outputs = both.mean(dim=(2, 3)) * torch.tensor([[1.0, -1.0]])
    soft = task.teacher.loss(outputs, said, 3.0)
    assert loss.item() == pytest.approx(0.6 * soft.item() + 0.4 * by_labels.item(), rel=1e-5)
    unvaried = Batch(np.arange(4), seed=5, augmented=False)
    task.loss(model, unvaried)  # type: ignore[arg-type]
    as_they_are = on_device(task.supply, rows[:4], torch.device("cpu"))
    torch.testing.assert_close(seen[-1][:4], as_they_are, rtol=0, atol=0)


def test_a_student_that_is_killed_goes_on_and_ends_the_same(taught: Taught) -> None:
    context, student = taught.context, taught.training("student")
    for parent in student.parents:
        taught.done(parent)
    with pytest.raises(KilledError):
        perform(student, context, Seen(last=3))
    perform(student, context, quiet)
    history = student.result(context.steps)["history"]
    shutil.rmtree(student.folder(context.steps))
    perform(student, context, quiet)
    assert student.result(context.steps)["history"] == history
    cut = taught.done(taught.training("cut"))
    assert cut.result(context.steps)["history"] != history
    assert len(cut.result(context.steps)["history"]) == len(history)


def test_a_run_tells_by_whom_it_was_taught_and_what_that_cost(taught: Taught) -> None:
    context = taught.context
    run, full = (
        taught.done(taught.outcome(name)).result(context.steps) for name in ("student", "full")
    )
    assert run["teacher"] == "full"
    assert run["n_unlabelled"] == len(images_taught(taught.outcome("student").spec, context)[1])
    assert run["teacher_seconds"] >= full["tuning_seconds"]
    assert run["train_seconds"] > run["teacher_seconds"]
    assert "teacher" not in full
    grandchild = taught.done(taught.outcome("grandchild")).result(context.steps)
    assert grandchild["teacher"] == "student"
    assert grandchild["teacher_seconds"] > run["teacher_seconds"]


def test_weights_of_the_teacher_stay(taught: Taught) -> None:
    teaching = teaching_of(taught.training("of many"))
    assert teaching is not None
    taught.done(teaching)
    plan = Plan((*teaching.parents, teaching), open=False)
    drop_losers(plan, taught.context)
    best = best_of(trials_of(taught.outcome("full")), taught.context)
    for parent in teaching.parents:
        kept = (parent.folder(taught.context.steps) / "weights.safetensors").exists()
        assert kept == (parent.key == best.key or parent.kind == "member")

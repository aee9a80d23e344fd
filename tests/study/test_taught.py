"""What students learn from their teachers, from which images, and what plans and runs tell."""

import shutil
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy.special import softmax

from pleura.study.attempt import perform
from pleura.study.best import Best, card_of
from pleura.study.context import Context, quiet
from pleura.study.dropped import drop_losers
from pleura.study.prepared import NetworkTiming, Prepared
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.fit import on_images
from pleura.study.steps.listed import kind_as, kind_of
from pleura.study.steps.member import Member
from pleura.study.steps.soft_targets import LOGITS
from pleura.study.steps.trial import NetworkTrial
from pleura.study.teaching import (
    images_beside,
    images_taught,
    rows_seen,
    told_of_students,
)
from pleura.study.trials import best_of, teaching_of, trials_of
from pleura.tasks.distillation import OnTaughtImages
from pleura.tasks.images import on_device, predict
from pleura.train.task import Batch
from tests.conftest import MakeImages
from tests.networks import SMALL
from tests.study.test_distillation import RECIPES, made, study_of
from tests.study.test_halving import planned
from tests.study.test_training import KilledError, Seen


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
        "student: taught by full at temperature 3 and weight 0.6, 50 % of the labels: "
        f"{len(train)} labelled images and {len(unlabelled)} images without label; up to 2 "
        f"epochs of {-(-len(train) // 8)} steps as without a teacher, each step on "
        "2 x as many images"
    )
    assert any("mean of 2 networks" in line for line in lines)
    assert any("each step on 1 x as many images" in line for line in lines)


def test_a_plan_counts_what_a_student_costs_more(taught: Taught) -> None:
    """A training image takes 3 ms, one that is predicted 1 ms."""
    measured = {(SMALL, True): NetworkTiming("fp32", 3.0, 1.0)}
    context, plan = taught.context, taught.plan
    prepared = Prepared(made(**RECIPES), context, measured, plan, lambda: plan)
    student, cut = taught.training("student"), taught.training("cut")
    own = kind_of(cut).milliseconds(cut, prepared)
    beside = images_beside(student.spec, context)
    assert kind_of(student).milliseconds(student, prepared) == own + 2 * beside * 3.0
    teaching = teaching_of(taught.training("of many"))
    assert teaching is not None
    rows = len(rows_seen(teaching.spec, context))
    assert kind_of(teaching).milliseconds(teaching, prepared) == 2 * rows * 1.0
    (member,) = (parent for parent in teaching.parents if parent.kind == "member")
    assert kind_of(member).milliseconds(member, prepared) == own


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


def test_the_card_of_a_student_names_its_teacher(taught: Taught) -> None:
    study = made(**RECIPES)
    for name, expected in (("of many", "full (mean of 2 networks)"), ("full", None)):
        done = taught.done(taught.outcome(name))
        training = {**taught.training(name).spec, "step": ""}
        card = card_of(study, Best(name, 0.5, (done,), done), training, taught.context)
        assert card.get("distilled", {}).get("teacher") == expected


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

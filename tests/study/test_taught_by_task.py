"""Students where depths are searched, and of findings and grades."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.study.attempt import perform
from pleura.study.context import Context, quiet
from pleura.study.pretrained import pretraining_of
from pleura.study.step import Step
from pleura.study.step_graph import Plan, add_to
from pleura.study.steps.fit import on_images
from pleura.study.trials import teaching_of, trials_of
from pleura.tasks.distillation import OnTaughtImages
from pleura.tasks.soft_losses import of_classes, of_findings
from tests.conftest import MakeImages
from tests.study.test_distillation import BY_FULL, CUT, study_of
from tests.study.test_halving import planned


def run_through(study: dict[str, Any], folder: Path) -> tuple[Plan, Context, list[list[str]]]:
    """A study whose trainings and evaluations of recipes are done, and the recipes whose
    evaluations each plan had."""
    make_plan, context = planned(study, folder)
    plans = []
    while True:
        plan = make_plan()
        own = [step for step in plan.of("outcome") if step.spec["recipe"] in study["recipes"]]
        plans.append([step.spec["recipe"] for step in own])
        wanted = dict[str, Step]()
        for step in (*plan.of("depth"), *plan.of("rung"), *plan.of("fit"), *own):
            add_to(wanted, step)
        missing = [step for step in wanted.values() if not step.is_done(context.steps)]
        for step in missing:
            perform(step, context, quiet)
        if not plan.open:
            return plan, context, plans
        assert missing


@pytest.mark.parametrize("by", ["halving", "probes"])
def test_depths_are_searched_by_teachers_and_by_students(
    by: str, make_images: MakeImages, tmp_path: Path
) -> None:
    """A student waits for the search of its teacher, and searches a depth of its own."""
    searched = {"strategy": {"truncation": {"at": "auto", "by": by}}}
    taught: dict[str, Any] = {"distillation": {"teacher": "searched", "members": 2}}
    recipes: dict[str, dict[str, Any]] = {
        "full": {},
        "searched": searched,
        "student": {**searched, **taught},
    }
    study = study_of(make_images(patients=24), recipes, fractions=[0.5])
    study["training"]["epochs"] = 4
    plan, context, plans = run_through(study, tmp_path)
    assert plans[0] == ["full"]
    assert plans.index(["full", "searched"]) < plans.index(["full", "searched", "student"])
    (student,) = (step for step in plan.of("outcome") if step.spec["recipe"] == "student")
    assert all(teaching_of(trial) is not None for trial in trials_of(student))
    assert student.result(context.steps)["teacher"] == "searched (mean of 2 networks)"


def test_heads_and_u_nets_teach_and_probes_come_first(
    make_images: MakeImages, tmp_path: Path
) -> None:
    by_unet = {"distillation": {"teacher": "full", "members": 2}}
    recipes: dict[str, dict[str, Any]] = {
        "full": {"backbone": "", "network": {"x_unet": {"width": 2}}, "heads": ["logits"]},
        "frozen": {"strategy": "feature_extraction"},
        "of a U-Net": {**CUT, **by_unet},
        "of a head": {**CUT, "distillation": {"teacher": "frozen"}},
        "probed": {"strategy": "linear_probe_then_fine_tuning", "distillation": BY_FULL},
    }
    study = study_of(make_images(patients=24), recipes, fractions=[0.5])
    plan, context, _ = run_through(study, tmp_path)
    teachers = {
        step.spec["recipe"]: step.result(context.steps).get("teacher")
        for step in plan.of("outcome")
        if step.spec["recipe"] in recipes
    }
    assert teachers == {
        "full": None,
        "frozen": None,
        "of a U-Net": "full (mean of 2 networks)",
        "of a head": "frozen",
        "probed": "full",
    }


def test_a_teacher_gives_no_weights(make_images: MakeImages, tmp_path: Path) -> None:
    """What a teacher learned before does not count as its student's start."""
    own = {"training": {"epochs": 1, "min_steps": 1, "batch_size": 8}}
    steps = {"turned": {"task": "selfsup", "method": "rotation", **own}}
    recipes: dict[str, dict[str, Any]] = {
        "full": {"curriculum": ["turned"]},
        "student": {"distillation": BY_FULL},
        "both": {"curriculum": ["turned"], "distillation": BY_FULL},
    }
    study = study_of(make_images(patients=24), recipes, fractions=[0.5], steps=steps)
    make_plan, _ = planned(study, tmp_path)
    trials = {step.spec["recipe"]: trials_of(step)[0] for step in make_plan().of("outcome")}
    before = {name: pretraining_of(trials[name]) for name in recipes}
    assert before["student"] is None
    assert before["both"] is not None and before["both"] == before["full"]
    assert [parent.kind for parent in trials["both"].parents] == ["selfsup", "soft_targets"]


TASKS_TAUGHT: dict[str, dict[str, Any]] = {
    "findings": {"findings": {"names": ["large", "small"], "separator": "|"}},
    "grades": {"classes": ["small", "large"]},
}


@pytest.mark.parametrize("task", TASKS_TAUGHT)
def test_other_tasks_are_taught(task: str, make_images: MakeImages, tmp_path: Path) -> None:
    manifest = make_images(patients=24)
    table = pd.read_csv(manifest)
    table["label"] = table["label"].map({"a": "large", "b": "small"})
    table.to_csv(manifest, index=False)
    recipes = {"full": {}, "student": {**CUT, "distillation": {**BY_FULL, "members": 2}}}
    study = study_of(manifest, recipes, fractions=[0.5], task=task)
    study["data"] |= TASKS_TAUGHT[task]
    plan, context, _ = run_through(study, tmp_path)
    (student,) = (step for step in plan.of("outcome") if step.spec["recipe"] == "student")
    training = trials_of(student)[0]
    task_of_training = on_images(training, context)
    assert isinstance(task_of_training, OnTaughtImages)
    expected = of_findings if task == "findings" else of_classes
    assert task_of_training.teacher.loss is expected
    history = training.result(context.steps)["history"]
    assert all(np.isfinite(epoch["train_loss"]) for epoch in history)

"""The search for a depth: patient-wise folds of the training part, and a planted curve."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pleura.data.manifest import Manifest
from pleura.data.numbers import with_numbers
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.steps import depth
from pleura.study.steps.depth import best_cuts, inner_folds
from tests.study.steps.planted import plant_features, told
from tests.study.trained import RUN


def search(frozen: Step, cuts: Sequence[str], **task: str) -> Step:
    spec = {**RUN, **task, "balanced": True, "penalties": [0.1, 1.0], "cuts": list(cuts)}
    return Step("depth", "depth", spec, {}, (frozen,))


def test_the_curve_finds_the_depth_that_tells_the_classes_apart(context: Context) -> None:
    good = told(context)
    parts = context.split.parts(0, 1, 1.0)
    # Whoever looks at them fails.
    good[[*parts.validation, *parts.test]] = np.nan
    random = np.random.default_rng(1)
    noise = [random.normal(size=good.shape).astype(np.float32) for _ in range(2)]
    planted = {"early": noise[0], "middle": good, "late": noise[1]}
    costs = {cut: {"parameters": i, "macs": float(i)} for i, cut in enumerate(planted)}
    step = search(plant_features(context, planted, costs=costs), list(planted))
    depth.KIND.perform(step, context, quiet)
    curve = step.result(context.steps)["curve"]
    assert [point["cut"] for point in curve] == list(planted)
    assert [point["parameters"] for point in curve] == [0, 1, 2]
    assert best_cuts(curve, 1, "auroc") == ["middle"]
    assert curve[1]["auroc"] > 0.9
    assert max(curve[0]["auroc"], curve[2]["auroc"]) < 0.8
    assert step.result(context.steps)["judged_on"] == "3 folds"
    for point in curve:
        assert point["auroc"] == pytest.approx(np.mean(point["folds"]))


def test_the_depth_that_tells_a_number_is_found_by_r2(context: Context) -> None:
    """Patients' ages; at one cut features tell them, with a noise of a tenth of their spread."""
    random = np.random.default_rng(2)
    patients, of = np.unique(context.manifest.groups, return_inverse=True)
    ages = random.normal(50, 20, len(patients))[of]
    table = context.manifest.table.assign(age=[f"{age:.3f}" for age in ages])
    manifest = with_numbers(replace(context.manifest, table=table), "age")
    numbered = replace(context, manifest=manifest)
    good, noise = random.normal(size=(2, len(ages), 4))
    good[:, 0] = (ages + random.normal(0, 2, len(ages))) / 20
    planted = {"early": noise, "middle": good}
    costs = {cut: {"parameters": 1, "macs": 1.0} for cut in planted}
    step = search(plant_features(numbered, planted, costs=costs), list(planted), task="numbers")
    depth.KIND.perform(step, numbered, quiet)
    curve = step.result(numbered.steps)["curve"]
    assert best_cuts(curve, 1, "r2") == ["middle"]
    assert curve[1]["r2"] > 0.8
    assert curve[0]["r2"] < 0.3


def test_of_equal_depths_the_shallower_comes_first() -> None:
    curve = [{"cut": cut, "auroc": auroc} for cut, auroc in (("a", 0.7), ("b", 0.8), ("c", 0.8))]
    assert best_cuts(curve, 2, "auroc") == ["b", "c"]
    assert best_cuts(curve, 9, "auroc") == ["b", "c", "a"]


@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_folds_share_no_patient_and_stay_in_the_training_part(context: Context, seed: int) -> None:
    parts = context.split.parts(0, 1, 1.0)
    folds = inner_folds(parts.train, parts.validation, context, seed)
    assert len(folds) == 3
    groups = context.manifest.groups
    for fitted, judged in folds:
        assert not set(groups[fitted]) & set(groups[judged])
        assert sorted([*fitted, *judged]) == parts.train.tolist()
    assert sorted(np.concatenate([judged for _, judged in folds])) == parts.train.tolist()


def test_seeds_draw_other_folds(context: Context) -> None:
    parts = context.split.parts(0, 1, 1.0)
    drawn = {
        tuple(inner_folds(parts.train, parts.validation, context, seed)[0][1]) for seed in range(5)
    }
    assert len(drawn) > 1


@pytest.mark.parametrize(("patients", "folds"), [(2, 2), (1, 1)])
def test_few_patients_of_a_class_make_fewer_folds(
    context: Context, patients: int, folds: int
) -> None:
    parts = context.split.parts(0, 1, 1.0)
    groups, labels = context.manifest.groups[parts.train], context.labels[parts.train]
    kept = np.unique(groups[labels == 1])[:patients]
    train = parts.train[(labels == 0) | np.isin(groups, kept)]
    found = inner_folds(train, parts.validation, context, seed=0)
    assert len(found) == folds
    if patients == 1:
        fitted, judged = found[0]
        assert fitted.tolist() == train.tolist()
        assert judged.tolist() == parts.validation.tolist()


@pytest.mark.parametrize(
    ("labels", "left"),
    [
        ({"p0": "a", "p1": "b", "p2": "ab", "p3": "ba"}, 2),
        ({"p0": "a", "p1": "b", "p2": "ab"}, 0),
    ],
)
def test_folds_without_a_class_do_not_count(
    context: Context, labels: dict[str, str], left: int
) -> None:
    rows = [(label, patient) for patient, of in labels.items() for label in of]
    table = pd.DataFrame(rows, columns=["label", "patient"])
    manifest = Manifest(table, ("a", "b"), context.manifest.origin)
    train, validation = np.arange(len(table)), np.array([99])
    folds = inner_folds(train, validation, replace(context, manifest=manifest), seed=0)
    if not left:
        ((fitted, judged),) = folds
        assert (fitted.tolist(), judged.tolist()) == (train.tolist(), [99])
    else:
        assert len(folds) == left
        for part in (rows for fold in folds for rows in fold):
            assert set(manifest.labels[part]) == {0, 1}

"""What trainings do against shortcuts: what keys hang on, what is looked at, what is told."""

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pleura.data.lung_regions import Lungs
from pleura.errors import InputError
from pleura.study.against import cautions_of_groups, spec_against
from pleura.study.attempt import perform
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from tests.conftest import MakeImages
from tests.study.studies import content
from tests.study.test_countermeasures import HIDDEN, made
from tests.study.test_halving import planned
from tests.study.test_training import KilledError, Seen

RECIPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "hidden": {"hide": "frame"},
    "sampled": {"group_sampling": "classes_in_sources"},
    "robust": {"group_dro": {"sources": {"step": 0.5}}},
    "swapped": {"swap": "background"},
}


@dataclass(frozen=True)
class Trainings:
    """The training of each of `RECIPES`, and their context."""

    steps: dict[str, Step]
    context: Context


def study_of(manifest: Path, recipes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    study = content(manifest) | {"seeds": [0], "fractions": [1.0], "reference": next(iter(recipes))}
    net = study["recipes"]["full"]
    study["recipes"] = {name: {**net, **of} for name, of in recipes.items()}
    study["tune"] = {"rates": [1e-3], "penalties": [0.1]}
    return study


@pytest.fixture(scope="module")
def trainings(make_images: MakeImages, tmp_path_factory: pytest.TempPathFactory) -> Trainings:
    folder = tmp_path_factory.mktemp("against")
    manifest = make_images(patients=12)
    table = pd.read_csv(manifest)
    table["source"] = ["clinic" if row % 3 else "practice" for row in range(len(table))]
    lungs = np.zeros((40, 40), np.uint8)
    lungs[10:30, 8:32] = 255
    Image.fromarray(lungs).save(manifest.parent / "lungs.png")
    table["lung_mask"] = ["", *["lungs.png"] * (len(table) - 1)]
    table.to_csv(manifest, index=False)
    study = study_of(manifest, RECIPES)
    study["data"]["lungs"] = "given"
    plan, context = planned(study, folder)
    return Trainings(dict(zip(RECIPES, plan().of("fit"), strict=True)), context)


def test_keys_hang_on_what_is_asked_and_no_others(trainings: Trainings) -> None:
    steps = trainings.steps
    plain, robust = steps["plain"], steps["robust"]
    assert {**plain.spec, "hide": {"frame": HIDDEN}} == steps["hidden"].spec
    assert {**plain.versions, "frames in training": 1} == steps["hidden"].versions
    options = {"sources": {"step": 0.5, "adjustment": 0.0, "sampled": True}}
    groups = robust.spec["groups"]
    assert {**plain.spec, "group_dro": options, "groups": groups} == robust.spec
    assert {**plain.versions, "group DRO": 1, "groups of images": 2} == robust.versions
    assert len({step.key for step in steps.values()}) == len(steps)


@pytest.mark.parametrize("recipe", ["hidden", "sampled", "robust", "swapped"])
def test_a_training_that_is_killed_goes_on_and_ends_the_same(
    recipe: str, trainings: Trainings
) -> None:
    step, context = trainings.steps[recipe], trainings.context
    with pytest.raises(KilledError):
        perform(step, context, Seen(last=3))
    perform(step, context, quiet)
    history = step.result(context.steps)["history"]
    shutil.rmtree(step.folder(context.steps))
    perform(step, context, quiet)
    assert step.result(context.steps)["history"] == history
    plain = trainings.steps["plain"]
    if not plain.is_done(context.steps):
        perform(plain, context, quiet)
    assert plain.result(context.steps)["history"] != history


def test_backgrounds_are_swapped_where_lungs_are_known(trainings: Trainings) -> None:
    """Lungs of the images that train alone, and a key of those in the specs of such trainings."""
    context, step = trainings.context, trainings.steps["swapped"]
    trains = context.parts(step.spec).train
    assert context.training_lungs is not None and context.lungs is not None
    assert set(context.training_lungs.rows) == set(trains) - {0}
    assert not set(context.training_lungs.rows) & set(context.split.tested)
    assert step.spec["swap"] == {"background": {"untouched": 0.3}}
    assert len(step.spec["training_lungs"]) == 64
    assert "training_lungs" not in trainings.steps["plain"].spec
    assert step.versions["backgrounds in training"] == 1


def test_lungs_of_a_draw_are_looked_at_once_for_all_recipes(
    trainings: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the key of a draw is that of the images that train in it."""
    context = replace(trainings.context)
    digest, looked = Lungs.key_of, list[np.ndarray[Any, Any]]()

    def key_of(lungs: Lungs, rows: np.ndarray[Any, Any]) -> str:
        looked.append(rows)
        return digest(lungs, rows)

    monkeypatch.setattr(Lungs, "key_of", key_of)
    study, draw = made(), trainings.steps["swapped"].spec
    recipe = study.recipes["full"].model_copy(update={"swap": "background"})
    keys = [spec_against(study.training, recipe, draw, context) for _ in range(3)]
    assert [key["training_lungs"] for key in keys] == [draw["training_lungs"]] * 3
    (rows,) = looked
    np.testing.assert_array_equal(rows, context.parts(draw).train)


def test_groups_of_few_images_are_told(trainings: Trainings) -> None:
    """In training are 12 images; of the practice fewer of each class than their share of 3."""
    study = made(fair={"group_sampling": "classes_in_sources"})
    one = study.model_copy(update={"seeds": [0], "fractions": [1.0]})
    (caution,) = cautions_of_groups(one, trainings.context)
    assert caution.startswith("groups of fewer training images than 10 are learned by heart")
    assert re.search(r"[ab] in practice \([12], [23]\)", caution)
    assert "in clinic" not in caution
    assert cautions_of_groups(made(other={"hide": "frame"}), trainings.context) == []
    sampled = {"group_dro": {"sources": {"sampled": False}}}
    assert cautions_of_groups(made(other=sampled), trainings.context) == []


def test_images_of_one_source_have_no_groups(make_images: MakeImages, tmp_path: Path) -> None:
    plan, _ = planned(study_of(make_images(patients=12), {"robust": RECIPES["robust"]}), tmp_path)
    with pytest.raises(InputError, match="there are not two: the table has no column source"):
        plan()

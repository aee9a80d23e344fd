"""Countermeasures in a study: what its file says, what keys hang on them, and how plans tell."""

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from pleura.data.lung_regions import Lungs
from pleura.errors import InputError
from pleura.study.against import cautions_of_groups, spec_against
from pleura.study.attempt import perform
from pleura.study.context import Context, quiet
from pleura.study.countermeasures import countermeasures_of, lines_of, said_of
from pleura.study.schema import StudyFile
from pleura.study.step import Step
from pleura.study.study_files import dump_study, make_study, read_study
from tests.conftest import MakeImages
from tests.study.studies import content
from tests.study.test_halving import planned
from tests.study.test_training import KilledError, Seen

HIDDEN = {"untouched": 0.2, "swapped": 0.5, "narrowest": 0.1, "widest": 0.2}


def made(
    training: dict[str, Any] | None = None,
    steps: dict[str, Any] | None = None,
    /,
    **recipes: dict[str, Any],
) -> StudyFile:
    """A study whose recipes, `full` and others, fine-tune, but for the one that is `frozen`."""
    base = content(Path("images.csv"))
    net = base["recipes"]["full"]
    named = {"full": {}, **recipes}
    study = {
        **base,
        "training": {**base["training"], **(training or {})},
        "steps": steps or {},
        "recipes": {
            name: {**net, **({"strategy": "feature_extraction"} if name == "frozen" else {}), **of}
            for name, of in named.items()
        },
    }
    made = make_study(study, where="here", relative_to=Path("/base"))
    assert isinstance(made, StudyFile)
    return made


def spec(study: StudyFile, recipe: str = "full") -> dict[str, Any]:
    return countermeasures_of(study.training, study.recipes[recipe])


def test_a_file_that_asks_for_nothing_is_that_of_earlier_versions() -> None:
    plain = made()
    assert spec(plain) == {}
    assert "hide" not in dump_study(plain)
    assert "hide" not in plain.training.model_dump()


def test_what_is_asked_stands_in_the_saved_file_and_reads_back(tmp_path: Path) -> None:
    study = made(
        {"hide": "frame"}, plain={"hide": "none"}, wide={"hide": {"frame": {"widest": 0.3}}}
    )
    path = tmp_path / "study.yaml"
    path.write_text(dump_study(study))
    assert read_study(path) == study
    saved = yaml.safe_load(path.read_text())
    for section in (saved["training"], saved["recipes"]["wide"]):
        assert list(section).index("hide") > 3  # what every file says stands before it
    assert spec(study) == {"hide": {"frame": HIDDEN}}
    assert spec(study, "plain") == {}
    assert spec(study, "wide") == {"hide": {"frame": {**HIDDEN, "widest": 0.3}}}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("frames", "training.hide: there is no 'frames'; did you mean 'frame'?"),
        ({}, "training.hide: one name with its options, not []"),
        ({"frame": {"share": 1}}, "training.hide: frame: options that do not fit; share: unknown"),
        ({"frame": {"untouched": 0}}, "untouched: Input should be greater than or equal to 0.05"),
    ],
)
def test_what_does_not_fit_is_named(given: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        made({"hide": given})
    assert message in str(caught.value)


def test_a_segmentation_has_none() -> None:
    study = {**content(Path("images.csv")), "task": "segmentation", "training": {"hide": "frame"}}
    with pytest.raises(InputError, match=r"training\.hide: unknown key"):
        make_study(study, where="here", relative_to=Path("/base"))


def test_a_plan_tells_what_is_done_and_who_knows_nothing_of_it() -> None:
    study = made({"hide": "frame"}, frozen={}, plain={"hide": "none"})
    assert lines_of(study, ["frozen"]) == [
        "note: training.hide: not for frozen: learned from features of whole images",
        "full: against shortcuts: frames of 10% to 20% of the side are hidden in 40% of the "
        "training images, and those of other training images in 40%",
    ]


BEFORE: dict[str, tuple[dict[str, Any], str]] = {
    "probed": (
        {"strategy": "linear_probe_then_fine_tuning"},
        "the linear probe from which its head starts",
    ),
    "cut": ({"strategy": {"truncation": {"at": "auto"}}}, "the probes that chose its depth"),
    "taught": ({"curriculum": ["turned"]}, "the self-supervised steps of its curriculum"),
    "searched": (
        {"curriculum": "auto"},
        "the self-supervised steps of its curriculum and the probes that chose among them",
    ),
    "halved": ({"strategy": {"truncation": {"at": "auto", "by": "halving"}}}, ""),
    "whole": ({"strategy": {"truncation": {"at": 1}}}, ""),
}


@pytest.mark.parametrize("name", BEFORE)
def test_what_a_recipe_learns_before_without_them_is_told(name: str) -> None:
    """By the plan, and by the report, which reads the saved file."""
    recipe, before = BEFORE[name]
    step = {"task": "selfsup", "method": "rotation"}
    study = made({"hide": "frame"}, {"turned": step}, **{name: recipe})
    (line,) = (each for each in lines_of(study, []) if each.startswith(f"{name}: "))
    said = said_of(study.model_dump(mode="json"))[name]
    assert line == f"{name}: against shortcuts: {said}"
    told = f"; without any of this came, before that training, {before}"
    assert said.endswith(told) if before else "before that training" not in said


def test_what_would_do_nothing_is_refused() -> None:
    study = made(frozen={"hide": "frame"})
    with pytest.raises(InputError, match=r"recipes\.frozen\.hide: frozen learns from features"):
        lines_of(study, ["frozen"])
    alone = made({"hide": "frame"})
    with pytest.raises(InputError, match=r"training\.hide: no recipe trains a network"):
        lines_of(alone, ["full"])


GROUPS = [
    ({"group_sampling": "sources", "group_dro": "classes_in_sources"}, "need the same groups"),
    ({"group_dro": "patients"}, "there is no 'patients'"),
    ({"group_dro": {"sources": {"step": 0}}}, "step: Input should be greater than 0"),
    ({"group_dro": "sources", "augmentation": {"mixup": {"alpha": 0.2}}}, "mixup lays images"),
]


@pytest.mark.parametrize(("given", "message"), GROUPS)
def test_groups_that_do_not_fit_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        made(given)
    assert message in str(caught.value)


def test_findings_and_numbers_have_no_class_in_a_source() -> None:
    study = {
        **content(Path("images.csv")),
        "task": "numbers",
        "training": {"group_dro": "classes_in_sources"},
    }
    study["data"]["number"] = {"column": "age"}
    with pytest.raises(InputError, match=r"recipes\.full, frozen: classes_in_sources: an"):
        make_study(study, where="here", relative_to=Path("/base"))


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


def test_backgrounds_need_lungs() -> None:
    with pytest.raises(InputError, match=r"recipes\.other: swap: background: .* data\.lungs"):
        made(other={"swap": "background"})


def test_images_of_one_source_have_no_groups(make_images: MakeImages, tmp_path: Path) -> None:
    plan, _ = planned(study_of(make_images(patients=12), {"robust": RECIPES["robust"]}), tmp_path)
    with pytest.raises(InputError, match="there are not two: the table has no column source"):
        plan()


def test_a_report_reads_it_in_the_saved_file() -> None:
    study = made({"hide": "frame"}, plain={"hide": "none"}).model_dump(mode="json")
    assert list(said_of(study)) == ["full"]
    assert said_of({"recipes": {"full": {}}}) == {}

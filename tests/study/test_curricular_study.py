"""Backbones learn without labels before a study's recipes: the chains, their honesty, resuming."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from pleura.deploy.package import load_model
from pleura.errors import InputError
from pleura.study.pretrained import learned, pretraining_of
from pleura.study.run import Result, Study
from pleura.study.training import WEIGHTS
from tests.conftest import without_page
from tests.study.pretrained import curricular
from tests.study.segmented import write_discs

pytestmark = pytest.mark.usefixtures("small_forests")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("discs")
    return write_discs(folder / "own", patients=24), write_discs(
        folder / "other", prefix="q", seed=1
    )


@pytest.fixture(scope="module")
def finished(data: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Result:
    with without_page():
        return Study.from_objects(curricular(*data)).run(tmp_path_factory.mktemp("study"))


def test_runs_tell_the_chain(finished: Result) -> None:
    runs = finished.runs[finished.runs["kind"] == "recipe"]
    chains = dict(zip(runs["recipe"], runs["curriculum"], strict=True))
    assert (chains["nothing"], chains["both"]) == ("", "random > more > own")
    assert chains["turned"] == "random > own > more"
    origin = next(
        o for o, of in zip(runs["provenance"], runs["recipe"], strict=True) if of == "both"
    )
    assert "random > more > own" in origin["name"]
    assert origin["source"].startswith("drawn")


def test_a_training_is_shared_by_folds_unless_it_is_on_images_that_test(
    finished: Result, data: tuple[Path, Path]
) -> None:
    plan = Study.from_objects(curricular(*data)).prepare(finished.folder).plan
    full = [step for step in plan.of("selfsup") if step.spec["settings"]["epochs"] == 2]
    by_chain = pd.Series([step.places["chain"] for step in full]).value_counts()
    assert by_chain["random > more"] == 1  # no image of it tests
    assert by_chain["random > own"] == 2
    assert by_chain["random > more > own"] == 2
    assert plan.missing(finished.folder / "steps") == ()


def test_no_fold_learns_from_its_test_patients(finished: Result, data: tuple[Path, Path]) -> None:
    prepared = Study.from_objects(curricular(*data)).prepare(finished.folder)
    context = prepared.context
    pool, groups = context.pools["own"], context.manifest.groups
    for fold in range(2):
        train, watched = pool.parts(0, fold)
        tested = set(groups[context.split.test_of(fold)])
        assert not tested & {*groups[train], *groups[watched]}
        assert not {*groups[train]} & {*groups[watched]}
        chosen_by = set(groups[context.split.validates_in(fold, 0)])
        assert not chosen_by & {*groups[train], *groups[watched]}
        assert tested | chosen_by | {*groups[train]} | {*groups[watched]} == set(groups)


def test_what_follows_starts_from_the_weights_learned(
    finished: Result, data: tuple[Path, Path]
) -> None:
    prepared = Study.from_objects(curricular(*data)).prepare(finished.folder)
    context = prepared.context
    fit = next(s for s in prepared.plan.of("fit") if s.title.startswith("both"))
    before = pretraining_of(fit)
    assert before is not None
    assert before.places["chain"] == "random > more > own"
    weights = load_file(before.folder(context.steps) / WEIGHTS)
    state = learned(before, context).backbone.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in weights.items())
    [first] = before.parents
    earlier = load_file(first.folder(context.steps) / WEIGHTS)
    assert any(not torch.equal(weights[name], tensor) for name, tensor in earlier.items())
    # The head of the method is dropped: what is kept are the tensors of the backbone alone.
    assert weights.keys() == state.keys()


def test_a_search_keeps_a_step_only_if_the_probe_gains(finished: Result) -> None:
    table = pd.read_csv(finished.folder / "curriculum.csv", dtype={"kept": str})
    runs = finished.runs.set_index(["recipe", "fold"])
    for fold, rows in table.groupby("fold"):
        short, full = rows[rows["tried"] == "short"], rows[rows["tried"] == "full"]
        assert short["auroc"].is_monotonic_increasing
        assert full["step"].tolist() == short["step"].tolist()
        gained = full["auroc"] > full["before"]
        assert gained.tolist() == (full["kept"] == "true").tolist()
        chain = " > ".join(["random", *full.loc[gained, "step"]]) if gained.any() else ""
        assert runs.loc[("searched", fold), "curriculum"] == chain


def test_what_was_learned_is_told(finished: Result) -> None:
    table = pd.read_csv(finished.folder / "pretraining.csv")
    [row] = table[(table["name"] == "more") & (table["start"] == "random")].to_dict("records")
    assert (row["patients"], row["epochs"], row["method"]) == (10, 2, "simclr")
    assert row["images"] == 20
    history = json.loads(row["history"])
    assert [record["epoch"] for record in history] == [0, 1]
    assert history[-1]["loss"] == pytest.approx(row["loss"])
    assert 1 <= row["effective_rank"] <= 64
    assert table["probe_auroc"].between(0, 1).all()


def test_the_model_that_is_handed_over_predicts(finished: Result, data: tuple[Path, Path]) -> None:
    scores = load_model(finished.folder / "best").predict([data[0].parent / "p0_0.png"])
    np.testing.assert_allclose(scores.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("prefix", "more", "told"),
    [
        ("p", {}, "steps.more: patient p0 tests"),
        ("p", {"strangers": True}, ""),
        ("p", {"transductive": True}, ""),
        ("r", {}, ""),
    ],
)
def test_patients_that_test_are_refused_by_name(
    tmp_path: Path, prefix: str, more: dict[str, bool], told: str
) -> None:
    own = write_discs(tmp_path / "own", patients=24)
    content = curricular(own, write_discs(tmp_path / "other", prefix=prefix, seed=2))
    transductive = more.pop("transductive", False)
    content["steps"]["more"]["transductive"] = transductive
    content["steps"]["more"]["data"] |= more
    study = Study.from_objects(content)
    if not told:
        assert study.prepare(tmp_path / "study").context.pools["more"]
        return
    with pytest.raises(InputError) as refused:
        study.prepare(tmp_path / "study")
    assert told in refused.value.problems


def test_images_that_test_are_refused_under_any_name(tmp_path: Path) -> None:
    own = write_discs(tmp_path / "own", patients=24)
    other = write_discs(tmp_path / "other", prefix="r", seed=2)
    shutil.copy(own.parent / "p3_1.png", other.parent / "r3_1.png")
    with pytest.raises(InputError, match="test patient") as refused:
        Study.from_objects(curricular(own, other)).prepare(tmp_path / "study")
    assert any("r3_1.png) of images.csv is row" in problem for problem in refused.value.problems)


def test_a_transductive_step_learns_from_test_images_and_says_so(
    finished: Result, data: tuple[Path, Path], tmp_path: Path
) -> None:
    # What the recipes learn from other images is done already.
    folder = shutil.copytree(finished.folder, tmp_path / "copy")
    content = curricular(*data)
    content["steps"]["own"]["transductive"] = True
    content["recipes"] = {"nothing": {}, "both": content["recipes"]["both"]}
    result = Study.from_objects(content).run(folder)
    table = pd.read_csv(result.folder / "pretraining.csv")
    assert dict(zip(table["name"], table["transductive"], strict=True)) == {
        "own": True,
        "more": False,
    }
    page = (result.folder / "report.html").read_text()
    assert "test images were seen, without labels, by “own”, before the recipe “both”" in page
    assert set(result.runs.loc[result.runs["recipe"] == "both", "kind"]) == {"unranked"}
    assert not (result.summary["recipe"] == "both").any()


def test_a_transductive_recipe_is_no_reference(data: tuple[Path, Path]) -> None:
    content = curricular(*data)
    content["steps"]["own"]["transductive"] = True
    content["reference"] = "both"
    with pytest.raises(InputError, match="does not fit") as refused:
        Study.from_objects(content)
    assert "learns from images that test" in refused.value.problems[0]


@pytest.mark.usefixtures("no_page")
def test_a_step_that_is_renamed_is_told_by_its_new_name(
    finished: Result, data: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(finished.folder, tmp_path / "copy")
    content = curricular(*data)
    content["steps"] = {
        {"own": "mine"}.get(name, name): step for name, step in content["steps"].items()
    }
    content["recipes"]["both"]["curriculum"] = ["more", "mine"]
    content["recipes"]["turned"]["curriculum"] = ["mine", "more"]
    trained = {path.name for path in folder.glob("steps/selfsup-*")}
    runs = Study.from_objects(content).run(folder).runs
    assert {path.name for path in folder.glob("steps/selfsup-*")} == trained
    assert set(runs.loc[runs["recipe"] == "both", "curriculum"]) == {"random > more > mine"}
    for origin in runs.loc[runs["recipe"] == "turned", "provenance"]:
        assert origin["name"].startswith("random > mine > more")


def test_steps_that_nothing_names_are_not_read(data: tuple[Path, Path], tmp_path: Path) -> None:
    content = curricular(*data)
    content["steps"]["more"]["data"]["manifest"] = "/nowhere.csv"
    content["recipes"] = {"nothing": {}, "one": {"curriculum": ["own"]}}
    told: list[str] = []
    prepared = Study.from_objects(content).prepare(tmp_path, announce=told.append)
    assert list(prepared.context.pools) == ["own"]
    assert "note: steps.more: no recipe's curriculum names it; it is left out" in told


def test_a_method_that_the_images_are_too_few_for_is_noted_with_the_plan(
    data: tuple[Path, Path], tmp_path: Path
) -> None:
    content = curricular(*data)
    content["steps"]["more"]["method"] = {"swav": {"prototypes": 9}}
    told: list[str] = []
    Study.from_objects(content).prepare(tmp_path, announce=told.append)
    (note,) = (line for line in told if "prototypes" in line)
    assert note.startswith("note: steps.more: a batch of 8 images cannot use 9 prototypes")


def test_a_short_training_is_short(data: tuple[Path, Path], tmp_path: Path) -> None:
    content = curricular(*data)
    for step in content["steps"].values():
        step["training"] = step["training"] | {"min_steps": 100}
    plan = Study.from_objects(content).prepare(tmp_path).plan
    short = [s for s in plan.of("selfsup") if s.spec["settings"]["epochs"] == 1]
    assert short
    assert all(step.spec["settings"]["min_steps"] == 1 for step in short)


def test_own_and_other_images_can_be_learned_from_together(
    data: tuple[Path, Path], tmp_path: Path
) -> None:
    content = curricular(*data)
    content["steps"]["more"]["own"] = True
    content["recipes"] = {"nothing": {}, "one": {"curriculum": ["more"]}}
    pool = Study.from_objects(content).prepare(tmp_path).context.pools["more"]
    assert [each.own for each in pool.sources] == [True, False]
    train, watched = pool.parts(0, 0)
    learned_from = {group.partition("/")[0] for group in pool.groups[[*train, *watched]]}
    assert learned_from == {"0", "1"}
    tested = pool.split.test_of(0)
    assert not np.isin(tested, [*train, *watched]).any()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"recipes": {"nothing": {}, "a": {"curriculum": ["own", "own"]}}}, "stands there twice"),
        ({"steps": {"a > b": {"task": "selfsup", "method": "rotation"}}}, "cannot hold '>'"),
        ({"recipes": {"nothing": {}, "a": {"weights": "own"}}}, "write curriculum: [own]"),
    ],
)
def test_chains_that_mean_nothing_are_refused(
    data: tuple[Path, Path], change: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError) as refused:
        Study.from_objects(curricular(*data) | change)
    assert any(told in problem for problem in refused.value.problems)


def test_a_masker_that_is_not_there_is_told_before_images_are_decoded(
    data: tuple[Path, Path], tmp_path: Path
) -> None:
    content = curricular(*data)
    content["data"]["lungs"] = {"masker": "/nowhere"}
    with pytest.raises(InputError, match="nowhere"):
        Study.from_objects(content).run(tmp_path / "study")
    assert not (tmp_path / "study" / "bank").exists()
    assert not (tmp_path / "study" / "split.json").exists()


def test_a_method_that_does_not_fit_is_told_before_anything_is_trained(
    data: tuple[Path, Path], tmp_path: Path
) -> None:
    content = curricular(*data)
    content["steps"]["own"]["method"] = {"rotation": {"angel": 3}}
    with pytest.raises(InputError) as refused:
        Study.from_objects(content).prepare(tmp_path / "study")
    assert "steps.own" in str(refused.value)
    assert not (tmp_path / "study" / "bank").exists()

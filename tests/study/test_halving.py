"""Successive halving over depths and rates: what begins and goes on, and that it ends the same."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from safetensors.torch import load_file

from pleura.models.build import cuts_of
from pleura.study.attempt import perform
from pleura.study.context import Context, quiet
from pleura.study.dropped import drop_losers
from pleura.study.halving import Chosen, rounds
from pleura.study.load_data import read_data
from pleura.study.needs import needs_of
from pleura.study.plan import LabelPlanner
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.rung import KIND, rung_of, whole_of
from pleura.study.study_files import make_study
from pleura.tables import rung_columns
from pleura.tasks.listed import TASKS
from pleura.train.checkpoint import CHECKPOINT, WEIGHTS
from tests.conftest import MakeImages
from tests.study.studies import content

NET = "test_resnet"  # of timm, each of its cuts is a stage
CUTS = [cut.name for cut in cuts_of(NET)]
SEARCH = {"truncation": {"at": "auto", "by": "halving"}}


def study_of(manifest: Path, **recipes: Any) -> dict[str, Any]:
    """One seed, two rates, eight epochs; `recipes` are strategies by name."""
    net = {"backbone": NET, "weights": "random"}
    return content(manifest) | {
        "seeds": [0],
        "fractions": [1.0],
        "reference": next(iter(recipes)),
        "recipes": {name: {**net, "strategy": strategy} for name, strategy in recipes.items()},
        "training": {"epochs": 8, "min_steps": 1, "batch_size": 16, "precision": "fp32"},
    }


def records(folder: Path, kind: str) -> list[dict[str, Any]]:
    """What the steps of a kind have written, by their place."""
    return [
        {**json.loads(path.read_text()), "folder": path.parent}
        for path in sorted(folder.glob(f"steps/{kind}-*/done.json"))
    ]


def planned(study: dict[str, Any], folder: Path) -> tuple[Callable[[], Plan], Context]:
    """What plans a study as far as its finished steps allow, and the context of these steps."""
    file = make_study(study, where="here", relative_to=folder)
    context = replace(read_data(file, folder, quiet, quiet, keep_split=False), accelerator="cpu")
    needs = {name: needs_of(recipe, {}, {}) for name, recipe in file.recipes.items()}
    precision = defaultdict[str, str](lambda: "fp32")
    return lambda: TASKS[file.task].planner(file, context, needs, precision).plan(), context


def train(study: dict[str, Any], folder: Path) -> tuple[Plan, Context]:
    """Do the trainings of a study's recipes, judge them, and nothing else."""
    make_plan, context = planned(study, folder)
    while True:
        plan = make_plan()
        missing = [
            step
            for step in plan.missing(context.steps)
            if step.kind in ("rung", "fit") or step.spec.get("recipe") in study["recipes"]
        ]
        for step in missing:
            perform(step, context, quiet)
        if not missing:
            return plan, context


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=24)


@pytest.fixture(scope="module")
def searched(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study with a search, as it is at its end."""
    folder = tmp_path_factory.mktemp("halved")
    plan, context = train(study_of(manifest, searched=SEARCH), folder)
    KIND.collect(plan, context)
    drop_losers(plan, context)
    return folder


def test_of_few_trainings_or_epochs_there_is_nothing_to_choose() -> None:
    assert rounds(2, epochs=8, best=2) == []
    assert rounds(16, epochs=1, best=1) == []


@pytest.mark.parametrize(("trainings", "epochs"), [(2, 2), (8, 6), (27, 40), (16, 3)])
def test_each_comparison_leaves_fewer_and_the_last_the_best(trainings: int, epochs: int) -> None:
    made = rounds(trainings, epochs, best=1)
    assert made[-1][1] == 1
    left = [trainings, *(kept for _, kept in made)]
    assert left == sorted(left, reverse=True)
    assert sorted({until for until, _ in made}) == [until for until, _ in made]
    assert all(0 < until < epochs for until, _ in made)


def ended(cut: str, score: float, home: Path) -> Step:
    step = Step("fit", "", {"strategy": {"truncation": {"at": cut}}, "value": score}, {})
    step.finish(home, {"score": score})
    return step


def test_later_searches_try_the_depths_near_what_earlier_ones_chose(tmp_path: Path) -> None:
    cuts, chosen = list("abcdefg"), Chosen()
    assert chosen.near(cuts, 0.1, 1) == cuts
    chosen.add(0.1, [ended("b", 0.6, tmp_path), ended("c", 0.7, tmp_path)], tmp_path)
    assert chosen.near(cuts, 0.1, 1) == list("bcd")
    assert chosen.near(cuts, 0.1, 0) == ["c"]
    assert chosen.near(cuts, 0.1, None) == cuts
    # What was chosen with more labels says nothing to a search that has fewer.
    assert chosen.near(cuts, 0.05, 1) == cuts
    chosen.add(0.1, [ended("g", 0.8, tmp_path)], tmp_path)
    assert chosen.near(cuts, 1.0, 1) == list("bcdfg")
    # One that goes on is waited for.
    chosen.add(0.1, [], tmp_path)
    assert chosen.near(cuts, 0.1, 1) == []


def test_a_later_seed_waits_and_begins_fewer_trainings(manifest: Path, tmp_path: Path) -> None:
    near = {"truncation": {"at": "auto", "by": "halving", "near": 0}}
    plan, _ = train(study_of(manifest, searched=near) | {"seeds": [0, 1]}, tmp_path)
    assert not plan.open
    begun = Counter(it["spec"]["seed"] for it in records(tmp_path, "rung") if begins(it))
    assert begun == {0: 2 * len(CUTS), 1: 2}
    first, second = records(tmp_path, "fit")
    assert first["spec"]["strategy"] == second["spec"]["strategy"]


def test_a_later_seed_waits_for_the_curriculum_of_an_earlier_one(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = {"truncation": {"at": "auto", "by": "halving", "near": 1}}
    make_plan, _ = planned(study_of(manifest, searched=near) | {"seeds": [0, 1]}, tmp_path)
    monkeypatch.setattr(
        LabelPlanner, "_learned", lambda self, name, recipe, draw: () if draw.seed else None
    )
    plan = make_plan()
    assert plan.open
    assert plan.of("rung") == ()


def begins(record: dict[str, Any]) -> bool:
    return bool(record["spec"]["until"] == 1)


def test_every_depth_and_rate_begins_and_one_ends(searched: Path) -> None:
    begun = [it for it in records(searched, "rung") if begins(it)]
    tried = {(it["spec"]["strategy"]["truncation"]["at"], it["spec"]["value"]) for it in begun}
    assert tried == {(cut, rate) for cut in CUTS for rate in (1e-4, 1e-3)}
    assert len(records(searched, "fit")) == 1


def test_what_ends_is_the_training_of_a_recipe_that_names_it(
    searched: Path, manifest: Path, tmp_path: Path
) -> None:
    [ended] = records(searched, "fit")
    train(study_of(manifest, named=ended["spec"]["strategy"]), tmp_path)
    fits = records(tmp_path, "fit")
    [whole] = [it for it in fits if it["spec"]["value"] == ended["spec"]["value"]]
    assert whole["key"] == ended["key"]
    assert whole["result"]["history"] == ended["result"]["history"]
    kept, wanted = (load_file(it["folder"] / WEIGHTS) for it in (ended, whole))
    assert all(kept[name].equal(value) for name, value in wanted.items())


def test_no_epoch_is_made_twice(searched: Path) -> None:
    [ended] = records(searched, "fit")
    seconds: dict[str, float] = {ended["key"]: ended["result"]["seconds"]}
    for rung in records(searched, "rung"):
        spec = {name: value for name, value in rung["spec"].items() if name != "until"}
        key = Step("fit", "", spec, ended["versions"]).key
        seconds[key] = max(seconds.get(key, 0.0), rung["result"]["seconds"])
    [run] = [it["result"] for it in records(searched, "outcome")]
    assert run["tuning_seconds"] == pytest.approx(sum(seconds.values()))
    assert run["train_seconds"] == pytest.approx(ended["result"]["seconds"])


def test_checkpoints_of_those_given_up_are_dropped(searched: Path) -> None:
    assert not list(searched.rglob(CHECKPOINT))


def test_the_table_tells_how_far_each_went(searched: Path) -> None:
    table = pd.read_csv(searched / "rungs.csv")
    assert list(table.columns) == list(rung_columns("auroc"))
    assert len(table) == 2 * len(CUTS)
    assert table["ended"].sum() == table["chosen"].sum() == 1
    [ended] = table[table["ended"] == 1].to_dict("records")
    assert ended["rungs"] == table["rungs"].max() == 2
    assert (table[table["rungs"] == 1]["epochs"] == 1).all()
    [run] = [it["result"] for it in records(searched, "outcome")]
    trials = json.loads(run["trials"])
    assert len(trials) == 2 * len(CUTS)
    assert sum("epochs" in trial for trial in trials) == 2 * len(CUTS) - 1


def test_where_all_come_to_their_end_the_run_says_that_none_was_probed(
    manifest: Path, tmp_path: Path
) -> None:
    every = {"truncation": {"at": "auto", "by": "halving", "best": 1000}}
    study = study_of(manifest, every=every)
    study["training"]["epochs"] = 1
    train(study, tmp_path)
    assert not records(tmp_path, "rung")
    [run] = [it["result"] for it in records(tmp_path, "outcome")]
    assert json.loads(run["search"]) == {"by": "halving"}
    assert len(json.loads(run["trials"])) == len(records(tmp_path, "fit")) == 2 * len(CUTS)


def test_a_recipe_that_names_the_depth_shares_the_training(
    searched: Path, manifest: Path, tmp_path: Path
) -> None:
    """Where the training is done first, its first epochs are read."""
    [ended] = records(searched, "fit")
    named = ended["spec"]["strategy"]
    train(study_of(manifest, named=named, searched=SEARCH), tmp_path)
    fits = {it["key"]: it for it in records(tmp_path, "fit")}
    assert fits[ended["key"]]["result"]["history"] == ended["result"]["history"]
    assert len(fits) == 2  # the depth that is named, at both rates
    assert {it["key"]: it["result"]["score"] for it in records(tmp_path, "rung")} == {
        it["key"]: it["result"]["score"] for it in records(searched, "rung")
    }


def test_a_rung_knows_its_training() -> None:
    whole = Step("fit", "a fit", {"value": 1.0, "strategy": "fine_tuning", "backbone": NET}, {})
    rung = rung_of(whole, 2, None)
    assert whole_of(rung).spec == whole.spec
    assert rung.places == {}
    assert rung_of(whole, 4, rung).places == {"begun": rung.name}

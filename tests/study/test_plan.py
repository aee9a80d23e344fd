"""The plan shares what recipes have in common, and keys what decides a result."""

from pathlib import Path
from typing import Any

import pytest

from pleura.data.bank import Bank, build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.models.build import cuts_of
from pleura.study.context import Context
from pleura.study.needs import Needs
from pleura.study.plan import LabelPlanner
from pleura.study.schema import StudyFile
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps.evaluation import outcomes_of
from pleura.study.study_files import make_study
from pleura.study.trials import trials_of
from pleura.study.views import HIDDEN, WHOLE
from tests.conftest import MakeImages

NET = {"backbone": "squeezenet1_0"}


@pytest.fixture(scope="module")
def data(
    make_images: MakeImages, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Manifest, Bank]:
    manifest = read_manifest(make_images(patients=36))
    bank = build_bank(manifest.table["image"].tolist(), tmp_path_factory.mktemp("bank"), size=16)
    return manifest, bank


def plan(
    data: tuple[Manifest, Bank],
    recipes: dict[str, Any],
    folder: Path = Path("/nowhere"),
    **changes: Any,
) -> Plan:
    manifest, bank = data
    content = {
        "question": "q",
        "data": {"manifest": str(manifest.origin)},
        "split": {"test": "split"},
        "seeds": [0, 1],
        "reference": next(iter(recipes)),
        "recipes": recipes,
        **changes,
    }
    study = make_study(content, where="here", relative_to=Path("/"))
    assert isinstance(study, StudyFile)
    rule = Rule(test="split", validation=0.25, seeds=study.seeds_at(1.0), fractions=study.fractions)
    split = make_split(manifest, rule)
    needs = {
        name: Needs(
            on_features="feature_extraction" in recipe.strategy,
            probed=recipe.strategy == "linear_probe_then_fine_tuning",
            provenance="",
        )
        for name, recipe in study.recipes.items()
    }
    precision = {recipe.backbone: "fp32" for recipe in study.recipes.values()}
    context = Context(folder, manifest, bank, split, 1, "cpu")
    return LabelPlanner(study, context, needs, precision).plan()


def kinds(made: Plan, kind: str) -> list[Step]:
    return [step for step in made.steps if step.kind == kind]


def test_pretrained_features_are_one_step_for_all_seeds_and_fractions(
    data: tuple[Manifest, Bank],
) -> None:
    frozen = {**NET, "weights": "imagenet", "strategy": "feature_extraction"}
    made = plan(data, {"a": frozen, "b": frozen}, fractions=[0.5, 1.0])
    # One whole, and the two views in which test images alone are shown.
    assert [step.spec["view"] for step in kinds(made, "features")] == [WHOLE, *HIDDEN]
    # Two fractions, two seeds, three penalties; recipe b shares all of them.
    assert len(kinds(made, "head")) == 12
    assert len([step for step in outcomes_of(made) if step.spec["recipe"] in "ab"]) == 8


def test_titles_tell_steps_apart(data: tuple[Manifest, Bank]) -> None:
    frozen = {**NET, "strategy": "feature_extraction"}
    recipes = {
        "pretrained": {**frozen, "weights": "imagenet"},
        "random": {**frozen, "weights": "random"},
        "full": NET,
    }
    titles = [step.title for step in plan(data, recipes).steps]
    assert len(set(titles)) == len(titles)
    assert "features of squeezenet1_0 (imagenet), the outer frame alone" in titles


def test_random_features_are_drawn_anew_for_each_seed(data: tuple[Manifest, Bank]) -> None:
    frozen = {**NET, "weights": "random", "strategy": "feature_extraction"}
    made = plan(data, {"a": frozen})
    assert [step.spec["seed"] for step in kinds(made, "features")] == [0, 0, 0, 1, 1, 1]
    for head in kinds(made, "head"):
        assert head.parents[0].spec["seed"] == head.spec["seed"]


def test_parents_come_first(data: tuple[Manifest, Bank]) -> None:
    made = plan(data, {"a": {**NET, "strategy": "feature_extraction"}, "b": NET})
    place = {step.key: number for number, step in enumerate(made.steps)}
    assert len(place) == len(made.steps)
    for step in made.steps:
        assert all(place[parent.key] < place[step.key] for parent in step.parents)


def test_every_recipe_and_baseline_gets_the_same_number_of_trials(
    data: tuple[Manifest, Bank],
) -> None:
    made = plan(data, {"a": {**NET, "strategy": "feature_extraction"}, "b": NET})
    assert {len(trials_of(outcome)) for outcome in outcomes_of(made)} == {3}


def test_a_head_with_a_hidden_layer_trains_on_the_same_features(
    data: tuple[Manifest, Bank],
) -> None:
    linear = {**NET, "strategy": "feature_extraction"}
    hidden = {**NET, "strategy": {"feature_extraction": {"hidden": 8}}}
    made = plan(data, {"linear": linear, "hidden": hidden}, seeds=[0])
    assert len({step.parents[0].key for step in kinds(made, "head")}) == 1
    knobs = {step.spec["recipe"]: step.spec["knob"] for step in outcomes_of(made)}
    assert (knobs["linear"], knobs["hidden"]) == ("L2 penalty", "learning rate")


def test_a_probe_before_fine_tuning_is_that_of_feature_extraction(
    data: tuple[Manifest, Bank],
) -> None:
    recipes = {
        "frozen": {**NET, "strategy": "feature_extraction"},
        "both": {**NET, "strategy": "linear_probe_then_fine_tuning"},
    }
    made = plan(data, recipes, seeds=[0])
    heads = {step.key for step in kinds(made, "head")}
    assert len(heads) == 3
    assert all({parent.key for parent in fit.parents} == heads for fit in kinds(made, "fit"))


def test_a_search_for_a_depth_is_expanded_when_its_probes_are_done(
    data: tuple[Manifest, Bank], tmp_path: Path
) -> None:
    recipes = {
        "search": {**NET, "strategy": {"truncation": {"at": "auto", "best": 2}}},
        "fire4": {**NET, "strategy": {"truncation": {"at": "fire4"}}},
    }
    first = plan(data, recipes, tmp_path, seeds=[0])
    (search,) = kinds(first, "depth")
    stages = [cut.name for cut in cuts_of("squeezenet1_0") if cut.stage]
    assert first.open
    assert not first.of("latency")
    assert search.spec["cuts"] == stages
    curve = [{"cut": cut, "auroc": cut in ("fire4", "fire8")} for cut in stages]
    search.finish(tmp_path / "steps", {"curve": curve, "seconds": 1.0})
    second = plan(data, recipes, tmp_path, seeds=[0])
    assert second.open
    # The best depth is tuned first; that another recipe names it, too, trains it once.
    fits = kinds(second, "fit")
    assert [fit.spec["strategy"]["truncation"]["at"] for fit in fits] == ["fire4"] * 3
    for score, fit in zip((0.7, 0.9, 0.8), fits, strict=True):
        fit.finish(tmp_path / "steps", {"score": score, "seconds": 1.0})
    third = plan(data, recipes, tmp_path, seeds=[0])
    assert not third.open
    [timed] = third.of("latency")
    assert {step.spec["recipe"] for step in timed.parents} == set(recipes)
    outcome = next(step for step in outcomes_of(third) if step.spec["recipe"] == "search")
    tried = [(t.spec["strategy"]["truncation"]["at"], t.spec["value"]) for t in trials_of(outcome)]
    assert tried == [("fire4", f.spec["value"]) for f in fits] + [("fire8", fits[1].spec["value"])]


@pytest.mark.parametrize(
    "changes",
    [
        {"training": {"epochs": 9}},
        {"training": {"augmentation": None}},
        {"training": {"class_weights": "none"}},
        {"training": {"loss": {"cross_entropy": {"smoothing": 0.1}}}},
        {"recipes": {"a": {**NET, "weights": "random"}}},
        {"tune": {"rates": [1e-5, 2e-5, 3e-5]}},
    ],
)
def test_what_decides_a_training_changes_its_key(
    data: tuple[Manifest, Bank], changes: dict[str, Any]
) -> None:
    recipes = {"a": NET}
    before = {step.key for step in kinds(plan(data, recipes), "fit")}
    after = {step.key for step in kinds(plan(data, **{"recipes": recipes, **changes}), "fit")}
    assert not before & after


@pytest.mark.parametrize("loss", ["cross_entropy", {"cross_entropy": {}}])
def test_the_usual_loss_by_its_name_changes_no_key(data: tuple[Manifest, Bank], loss: Any) -> None:
    recipes = {"a": NET}
    before = {step.key for step in kinds(plan(data, recipes), "fit")}
    assert before == {
        step.key for step in kinds(plan(data, recipes, training={"loss": loss}), "fit")
    }


def test_names_margins_and_questions_do_not(data: tuple[Manifest, Bank]) -> None:
    before = {step.key for step in kinds(plan(data, {"a": NET}), "fit")}
    after = kinds(plan(data, {"other": NET}, question="else", margin=0.1), "fit")
    assert {step.key for step in after} == before


def test_a_seed_redraws_every_training(data: tuple[Manifest, Bank]) -> None:
    made = plan(data, {"a": NET})
    seeds = {seed: [s for s in kinds(made, "fit") if s.spec["seed"] == seed] for seed in (0, 1)}
    parts = {seed: steps[0].spec["validation"] for seed, steps in seeds.items()}
    assert parts[0] != parts[1]
    assert seeds[0][0].spec["test"] == seeds[1][0].spec["test"]

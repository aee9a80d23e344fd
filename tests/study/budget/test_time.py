"""What a study takes is counted whole, before any of it is there, searches at their most."""

from pathlib import Path
from typing import Any

import pytest

from pleura.study.budget.time import seconds_of_study
from pleura.study.estimate import seconds_at_most
from pleura.study.missing_weights import replace_missing
from pleura.study.prepared import Prepared
from pleura.study.run import Study
from tests.conftest import MakeImages
from tests.study.studies import content


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=36)


def counted(manifest: Path, out: Path, **recipes: Any) -> tuple[float, Prepared]:
    study = content(manifest) | {"fractions": [1.0]}
    study["training"] |= {"epochs": 16}
    net = study["recipes"]["full"]
    study["recipes"] = {"full": net} | {
        name: {**net, "strategy": strategy} for name, strategy in recipes.items()
    }
    prepared = Study.from_objects(study).prepare(out)
    needs = replace_missing(prepared.study, lambda line: None)[1]
    timing = prepared.measured
    return seconds_of_study(prepared.study, needs, prepared.context, timing), prepared


def test_it_is_what_the_plan_tells_and_the_pixel_baselines(manifest: Path, tmp_path: Path) -> None:
    seconds, prepared = counted(manifest, tmp_path)
    told = seconds_at_most(prepared.plan.steps, prepared)
    assert told < seconds < told + 10


def test_a_search_by_halving_is_counted_to_its_end(manifest: Path, tmp_path: Path) -> None:
    """Later draws, which wait for the first one's choice, too; each by whole networks."""
    halving = {"truncation": {"at": "auto", "by": "halving", "near": 0}}
    without, _ = counted(manifest, tmp_path)
    seconds, prepared = counted(manifest, tmp_path, search=halving)
    fit = prepared.measured["small_for_tests", True]
    whole = 0.0
    for seed in (0, 1):
        parts = prepared.context.split.parts(0, seed, 1.0)
        settings = prepared.study.training
        whole += fit.all_epochs(settings, len(parts.train), len(parts.validation)) / 1000
    rungs = prepared.plan.of("rung")
    draws = {step.spec["seed"] for step in rungs}
    assert draws == {0}  # the plan tells of no more than these
    trainings = len(rungs)
    # All begin for 2 of 16 epochs, a quarter goes on to 6, the best of these to the end.
    kept = -(-trainings // 4)
    most = (trainings * 2 + kept * 4 + 10) / 16 * whole
    assert seconds - without == pytest.approx(most, rel=0.05)

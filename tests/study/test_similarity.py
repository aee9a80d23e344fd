"""The step that holds a network after training against itself before."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.study.context import quiet
from pleura.study.step import Step
from pleura.study.step_graph import Plan
from pleura.study.steps import similarity
from tests.conftest import MakeImages
from tests.study.trained import RUN, trained_run


def test_every_stage_before_and_after_training(make_images: MakeImages, tmp_path: Path) -> None:
    frozen = {"freezing": {"stages": 2}}
    context, outcome = trained_run(make_images(patients=24), tmp_path, strategy=frozen)
    step = Step("similarity", "similarity", {}, {}, (outcome,))
    similarity.KIND.perform(step, context, quiet)
    assert step.is_done(context.steps)
    similarity.KIND.collect(Plan((step, step), open=False), context)
    table = pd.read_csv(tmp_path / "similarity.csv")
    assert len(table) == 2 * 5
    table = table.head(5)
    assert list(table["cut"].iloc[[0, 1, 4]]) == ["stem", "blocks.0", "head"]
    assert list(table["depth"].iloc[[0, 1, 4]]) == pytest.approx([0, 1 / 5, 1])
    assert table["depth"].is_monotonic_increasing
    assert (table["recipe"] == "full").all()
    assert (table[list(RUN)] == list(RUN.values())).all(axis=None)
    validation = context.split.parts(0, 1, 1.0).validation
    assert (table["images"] == len(validation)).all()
    # The frozen stages are what they were, those that trained are not.
    assert table["cka"].head(2).to_numpy() == pytest.approx(1, abs=1e-5)
    assert table["svcca"].head(2).to_numpy() == pytest.approx(1, abs=1e-5)
    assert (table["cka"].tail(2) < 0.999).all()


def test_a_truncated_network_ends_at_its_depth(make_images: MakeImages, tmp_path: Path) -> None:
    cut = {"truncation": {"at": "blocks.0"}}
    context, outcome = trained_run(make_images(patients=24), tmp_path, strategy=cut)
    step = Step("similarity", "similarity", {}, {}, (outcome,))
    similarity.KIND.perform(step, context, quiet)
    similarity.KIND.collect(Plan((step,), open=False), context)
    depths = pd.read_csv(tmp_path / "similarity.csv")["depth"]
    assert list(depths) == pytest.approx([0, 1 / 5])

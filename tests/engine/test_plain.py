"""What workers are sent comes back as it was, and nothing else does."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.data.alike import Twins
from pleura.data.bank import build_bank
from pleura.data.lung_regions import Lungs
from pleura.data.manifest_file import read_manifest
from pleura.data.mask_bank import Masks, build_masks
from pleura.engine.plain import CLASSES, dumps, loads, plain_step, step_of
from pleura.errors import PleuraError
from pleura.study.context import Context
from pleura.study.material import Material
from pleura.study.pool import Pool, Source
from pleura.study.step import Step
from pleura.study.steps import features
from tests.study.segmented import write_discs
from tests.study.steps.conftest import context as context
from tests.study.steps.conftest import images as images


@pytest.fixture
def whole(context: Context) -> Context:
    """With masks, lungs, and what steps before the recipes learn from."""
    manifest = read_manifest(write_discs(context.out / "discs"), files=("mask",))
    bank = build_bank(manifest.table["image"].tolist(), context.out / "bank", size=32)
    masks = build_masks(manifest, Masks(structures={"disc": 1}), bank, context.out / "masks")
    rows = np.arange(2)
    source = Source(manifest, bank, copies=(Twins(0, 1, 0.99, ""),))
    return replace(
        context,
        masks={"": masks},
        materials={"discs": Material(manifest, bank, masks, 0.3)},
        pools={"own": Pool((source,), 0.2, context.manifest, context.split)},
        lungs=Lungs(rows, masks.read(rows) > 0, rows > 0, "given"),
    )


def test_a_context_comes_back_as_it_was_wherever_its_folder_lies(
    whole: Context, tmp_path_factory: pytest.TempPathFactory
) -> None:
    moved = tmp_path_factory.mktemp("elsewhere") / "moved"
    shutil.copytree(whole.out, moved)
    copy: Context = loads(dumps(whole, whole.out), moved)
    assert copy.out == moved
    assert copy.bank.folder == moved / whole.bank.folder.relative_to(whole.out)
    pd.testing.assert_frame_equal(copy.manifest.table, whole.manifest.table)
    pd.testing.assert_frame_equal(copy.bank.info, whole.bank.info)
    pd.testing.assert_frame_equal(copy.split.counts, whole.split.counts)
    rows = np.arange(len(whole.bank))
    np.testing.assert_array_equal(copy.bank.read(rows), whole.bank.read(rows))
    assert copy.manifest.key == whole.manifest.key
    assert copy.split.drawn.keys() == whole.split.drawn.keys()
    assert copy.lungs is not None
    assert whole.lungs is not None
    assert copy.lungs.key == whole.lungs.key
    assert copy.pools["own"].sources[0].copies == whole.pools["own"].sources[0].copies
    for ours, theirs in (
        (whole.materials["discs"].parts(0), copy.materials["discs"].parts(0)),
        (whole.pools["own"].parts(0, 0), copy.pools["own"].parts(0, 0)),
        *(
            ((one.train, one.test), (other.train, other.test))
            for one, other in zip(
                whole.split.drawn.values(), copy.split.drawn.values(), strict=True
            )
        ),
    ):
        for part, other in zip(ours, theirs, strict=True):
            assert part.dtype == other.dtype
            np.testing.assert_array_equal(part, other)


def test_what_is_shared_is_sent_once(whole: Context) -> None:
    copy: Context = loads(dumps(whole, whole.out), whole.out)
    assert copy.pools["own"].study is copy.manifest
    assert copy.pools["own"].split is copy.split
    assert copy.materials["discs"].manifest is copy.pools["own"].sources[0].manifest


def test_what_is_not_listed_is_not_sent(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Step cannot be sent"):
        dumps(Step("fit", "t", {}, {}), tmp_path)
    with pytest.raises(ValueError, match="allow_pickle"):
        dumps(np.array([object()], dtype=object), tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"is": "Popen", "of": {"args": ["true"]}}',
        '{"is": "Bank", "of": {}}',
        '{"what": 1}',
        '{"same": 3}',
        '{"array": "gASVAAAAAA=="}',
    ],
)
def test_what_was_not_written_here_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(PleuraError, match="what a worker was sent cannot be read"):
        loads(text, tmp_path)


def test_every_class_that_is_listed_is_plain() -> None:
    assert all(isinstance(each, type) for each in CLASSES.values())


def test_a_step_comes_back_with_all_that_it_stands_on(tmp_path: Path) -> None:
    weights = {
        "weights": str(tmp_path / "weights.pt"),
        "other": "/elsewhere/w.pt",
        "chain": "a > b",
    }
    first = Step("selfsup", "first", {"seed": 0, "rates": (1.0, 2.0)}, {"step selfsup": 1})
    second = Step("fit", "second", {"seed": 0}, {"step fit": 3}, (first,), weights, ("x.npy",))
    last = Step("outcome", "last", {}, {}, (first, second))
    sent = json.loads(json.dumps(plain_step(last, tmp_path)))
    assert len(sent["steps"]) == 3
    assert str(tmp_path) not in json.dumps(sent["steps"])
    came = step_of(sent, tmp_path)
    assert came.key == last.key
    assert came.parents[1].outputs == second.outputs
    assert came.parents[1].parents[0] is came.parents[0]
    there = step_of(sent, Path("/mnt/study")).parents[1].places
    assert there == {**weights, "weights": "/mnt/study/weights.pt"}


def test_a_worker_that_gives_a_step_another_key_does_not_do_it(tmp_path: Path) -> None:
    sent: dict[str, Any] = plain_step(Step("fit", "a title", {"seed": 0}, {}), tmp_path)
    sent["steps"][0]["spec"] = {"seed": 1}
    with pytest.raises(PleuraError, match="a title: this worker gives the step another key"):
        step_of(sent, tmp_path)


def test_features_of_a_copy_are_those_of_the_context(whole: Context) -> None:
    """The step and its context as another machine has them."""
    spec = {"backbone": "squeezenet1_0", "weights": "random", "seed": 3, "view": "whole"}
    step = Step(
        "features",
        "features",
        {**spec, "bank": whole.bank.key},
        {},
        outputs=(features.file_of("fire4"),),
    )
    found = []
    for place in (whole, loads(dumps(whole, whole.out), whole.out)):
        sent = step_of(plain_step(step, place.out), place.out)
        features.KIND.perform(sent, place, lambda *_: None)
        found.append(features.read(sent, "fire4", place, np.arange(len(place.bank))))
        shutil.rmtree(sent.folder(place.steps))
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0].std() > 0

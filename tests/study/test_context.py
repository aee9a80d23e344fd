"""What steps share is plain data: a copy of it in another process serves as well."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pleura.data.bank import build_bank
from pleura.data.hidden import frame
from pleura.data.lung_regions import Lungs
from pleura.data.manifest_file import read_manifest
from pleura.data.mask_bank import Masks, build_masks
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.study.context import Context, quiet
from pleura.study.material import Material
from pleura.study.pool import Pool, Source
from pleura.study.step import Step
from pleura.study.steps import features
from pleura.study.views import HIDDEN, WHOLE, shown
from pleura.train.devices import Devices
from pleura.train.nodes import free_port, meet
from tests.conftest import MakeImages
from tests.study.segmented import write_discs
from tests.study.steps.conftest import context as context
from tests.study.steps.conftest import images as images
from tests.train.test_nodes import environment


def test_a_copy_does_a_step_as_the_context_itself_does(context: Context) -> None:
    packed = pickle.dumps(context)
    assert len(packed) < context.bank.folder.joinpath("pixels.u8").stat().st_size
    copy = pickle.loads(packed)
    spec = {"backbone": "squeezenet1_0", "weights": "random", "seed": 3}
    found = []
    for view, place in ((WHOLE, context), (WHOLE, copy), (HIDDEN[0], context), (HIDDEN[0], copy)):
        images = {"bank": context.bank.key, "view": view}
        outputs = (features.file_of("fire4"),)
        step = Step("features", "features", {**spec, **images}, {}, outputs=outputs)
        step = pickle.loads(pickle.dumps(step))
        features.KIND.perform(step, place, quiet)
        file = step.folder(context.steps) / outputs[0]
        found.append(np.load(file))
        file.unlink()
        (file.parent / "done.json").unlink()
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[2], found[3])
    assert found[0].std() > 0


@pytest.mark.parametrize("aside", [True, False])
def test_what_is_hidden_shows_nobody_who_tests_or_is_kept_aside(
    aside: bool, make_images: MakeImages, tmp_path: Path
) -> None:
    """The mean of the others of the fold, by hand."""
    drawn = {"test": 0.3, "aside": {"external": 0.2}} if aside else {"folds": 3}
    rule = Rule(**drawn, validation=0.25, seeds=[0, 1], fractions=[0.5, 1.0])
    manifest = read_manifest(make_images(patients=24))
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    split = make_split(manifest, rule)
    context = Context(tmp_path, manifest, bank, split, 1, "cpu")
    pixels = bank.read(np.arange(len(bank))).astype(np.float64)
    for fold in range(split.folds):
        parts = split.parts(fold, 0, 1.0)
        others = np.concatenate([parts.train, parts.validation])
        assert len(others) + len(split.held_out_of(fold)) == len(bank)
        expected = np.rint(pixels[others].mean(axis=0))
        for image in context.average_for(parts.test):
            np.testing.assert_allclose(image, expected, atol=1)
        found = shown(HIDDEN[0], context).read(parts.test)
        outer = frame(32, 32)
        np.testing.assert_array_equal(found[:, outer], context.average_for(parts.test)[:, outer])
        np.testing.assert_array_equal(found[:, ~outer], bank.read(parts.test)[:, ~outer])
        if aside:
            with pytest.raises(ValueError, match="only images that test"):
                context.average_for(others)


def test_a_copy_knows_all_that_a_study_can_have(context: Context, tmp_path: Path) -> None:
    """Masks, what steps before the recipes learn from, lungs, and several machines, to which the
    copy has a connection of its own."""
    manifest = read_manifest(write_discs(tmp_path / "discs"), files=("mask",))
    bank = build_bank(manifest.table["image"].tolist(), tmp_path / "bank", size=32)
    masks = build_masks(manifest, Masks(structures={"disc": 1}), bank, tmp_path / "masks")
    rows = np.arange(2)
    lungs = Lungs(rows, masks.read(rows) > 0, rows > 0, "given")
    pool = Pool((Source(manifest, bank),), 0.2, context.manifest, context.split)
    material = Material(manifest, bank, masks, 0.3)
    with meet(1, environment(0, free_port())) as nodes:
        whole = replace(
            context,
            masks={"": masks},
            materials={"discs": material},
            pools={"own": pool},
            lungs=lungs,
            devices=Devices(2, nodes),
        )
        nodes.announce({"job": "first"})
        copy = pickle.loads(pickle.dumps(whole))
        assert copy.devices.all == whole.devices.all == 2
        copy.devices.nodes.announce({"job": "second"})
        assert [nodes.next_work() for _ in range(2)] == [{"job": "first"}, {"job": "second"}]
    assert copy.lungs.key == lungs.key
    np.testing.assert_array_equal(copy.masks[""].read(rows), masks.read(rows))
    for own, copied in (
        (material.parts(0), copy.materials["discs"].parts(0)),
        (pool.parts(0, 0), copy.pools["own"].parts(0, 0)),
    ):
        for part, other in zip(own, copied, strict=True):
            np.testing.assert_array_equal(part, other)

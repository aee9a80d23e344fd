"""What steps share is plain data: a copy of it in another process serves as well."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np

from pleura.data.bank import build_bank
from pleura.data.lung_regions import Lungs
from pleura.data.manifest_file import read_manifest
from pleura.data.mask_bank import Masks, build_masks
from pleura.study.context import Context, quiet
from pleura.study.material import Material
from pleura.study.pool import Pool, Source
from pleura.study.step import Step
from pleura.study.steps import features
from pleura.study.views import HIDDEN, WHOLE
from pleura.train.devices import Devices
from pleura.train.nodes import free_port, meet
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

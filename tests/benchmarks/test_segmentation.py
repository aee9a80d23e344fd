"""Both sides of `benchmarks.segmentation` differ in nothing but network and loop."""

from pathlib import Path

import numpy as np
import torch
from benchmarks.segmentation import CPU, RATE, Data, decode
from benchmarks.segmentation_rival import LUNG, plain_loop
from numpy.testing import assert_array_equal
from PIL import Image

from pleura.data.augment import Augmentation, to_float
from pleura.data.manifest_file import read_manifest
from pleura.data.split import Parts
from pleura.models.unet import UNet
from pleura.models.unet_nets import build_unet
from pleura.tasks.segmentation import Segmentation
from pleura.train.loop import FitSettings, fit
from pleura.train.precision import make_fabric
from pleura.transfer.freezing_plan import make_freezing_plan

PARTS = Parts(np.arange(10), np.arange(10, 14), np.arange(14, 16))
SETTINGS = FitSettings(epochs=2, min_steps=1, batch_size=4, patience=1)


def test_files_read_each_time_are_those_of_the_bank(tmp_path: Path) -> None:
    data = _boxes(tmp_path)
    pairs = data.pairs()
    for row in range(len(pairs)):
        image, mask = pairs[row]
        assert_array_equal(image.numpy(), data.bank.read(np.array([row]))[0])
        assert_array_equal(mask.numpy(), data.masks.read(np.array([row]))[0])


def test_the_same_network_learns_the_same_in_both_loops(tmp_path: Path) -> None:
    data = _boxes(tmp_path)
    task = Segmentation(
        data.bank,
        data.masks,
        train=PARTS.train,
        validation=PARTS.validation,
        loss="dice_cross_entropy",
        augmentation=Augmentation(),
        device=CPU,
    )
    ours, theirs = _network(), _network()
    phases = make_freezing_plan("none").phases(ours)
    fabric = make_fabric("cpu", "fp32")
    # A plain loop judges by the moving averages of training.
    moving = SETTINGS.model_copy(update={"batchnorm_images": 0})
    found = fit(ours, task, phases, moving, rate=RATE, seed=3, fabric=fabric)
    scores = list(
        plain_loop(
            theirs, data.pairs(), PARTS, task.criterion, SETTINGS, rate=RATE, seed=3, workers=0
        )
    )
    np.testing.assert_allclose(scores, [record["score"] for record in found.history], atol=1e-4)
    # Logits, since a bias before a BatchNorm has no gradient but rounding, which Adam scales up.
    images = to_float(torch.from_numpy(data.bank.read(PARTS.test)))
    with torch.no_grad():
        mine, other, start = (net.eval()(images) for net in (ours, theirs, _network()))
    torch.testing.assert_close(other, mine, rtol=1e-2, atol=1e-2)
    assert (mine - start).abs().max() > 0.1


def _network() -> UNet:
    spec = {"unet": {"backbone": "cbr_tiny", "widths": [8, 8, 8, 8]}}
    return build_unet(spec, "random", 1, seed=0).network


def _boxes(folder: Path) -> Data:
    """16 images of 64 px, each with a bright box and its mask, decoded at 32 px."""
    random = np.random.default_rng(0)
    lines = ["image,mask,label,patient"]
    for number in range(16):
        left, top = random.integers(4, 30, 2)
        box = np.zeros((64, 64), np.bool_)
        box[top : top + 28, left : left + 28] = True
        pixels = random.normal(90, 20, box.shape) + 80 * box
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{number}.png")
        Image.fromarray(box.astype(np.uint8) * LUNG).save(folder / f"{number}_mask.png")
        lines.append(f"{number}.png,{number}_mask.png,any,p{number}")
    (folder / "images.csv").write_text("\n".join(lines))
    return decode(read_manifest(folder / "images.csv"), 32, folder)

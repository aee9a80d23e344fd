"""Rotation turns each image by itself, and keeps to the contract."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from pleura.data.concatenated import Concatenated
from pleura.randomness import seed_of
from pleura.tasks.images import on_device
from pleura.tasks.selfsup.methods.rotation import turned
from pleura.tasks.selfsup.pretraining import Pretraining
from pleura.train.batchnorm import settle
from pleura.train.task import Batch
from tests.tasks.selfsup.contract import MethodContract, chests
from tests.tasks.selfsup.jobs import chest_bank

CPU = torch.device("cpu")


class TestRotation(MethodContract):
    spec = "rotation"


def test_each_image_is_turned_as_often_as_its_number_says() -> None:
    images = chests(5)
    before = images.clone()
    found = turned(images, torch.tensor([3, 0, 1, 2, 1]))
    for image, result, count in zip(images, found, (3, 0, 1, 2, 1), strict=True):
        assert torch.equal(result, image.rot90(count, (1, 2)))
    assert torch.equal(images, before)


def test_the_loss_on_validation_is_that_of_turned_images(tmp_path: Path) -> None:
    """It is that of the very same views in training. By statistics of upright images, which
    BatchNorm then has, turned ones would be told otherwise."""
    bank, rows = chest_bank(tmp_path), np.arange(40)
    images = Concatenated((bank,))
    task = Pretraining(images, train=rows[:32], validation=rows[32:], labels=rows % 2, device=CPU)
    network = TestRotation().network()
    TestRotation().train(network, 0, 20)
    network.train()
    settle(network, [partial(task.show, network, rows[:32])])
    watched = task.validate(network)["loss"]
    shown = on_device(images, rows[32:], CPU)
    batch = Batch(np.full(8, -1), seed_of("validation", 0), augmented=True)
    with torch.inference_mode():
        by_upright = network(shown, batch).item()
        network.train()
        trained = network(shown, batch).item()
    assert watched == pytest.approx(trained, rel=1e-4)
    assert abs(by_upright - trained) > 0.01 * trained

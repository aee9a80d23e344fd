"""Rotation turns each image by itself, and keeps to the contract."""

from pathlib import Path

import torch

from pleura.tasks.selfsup.job import pretrain
from pleura.tasks.selfsup.methods.rotation import turned
from pleura.train.precision import make_fabric
from tests.tasks.selfsup.contract import MethodContract, chests
from tests.tasks.selfsup.jobs import chest_bank, chest_job


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
    """By statistics of upright images, turned ones would be told far worse than in training."""
    settings = {"epochs": 12, "min_steps": 1, "batch_size": 16}
    job = chest_job(
        tmp_path, chest_bank(tmp_path), "rotation", backbone="resnet18", settings=settings
    )
    late = pretrain(job, make_fabric("cpu", "fp32"))["history"][-6:]
    trained, watched = (sum(record[name] for record in late) for name in ("train_loss", "loss"))
    assert trained < 6 * 0.8
    assert watched < trained

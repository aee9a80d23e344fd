"""Rotation turns each image by itself, and keeps to the contract."""

import torch

from pleura.tasks.selfsup.rotation import turned
from tests.tasks.selfsup.contract import MethodContract, chests


class TestRotation(MethodContract):
    spec = "rotation"


def test_each_image_is_turned_as_often_as_its_number_says() -> None:
    images = chests(5)
    before = images.clone()
    found = turned(images, torch.tensor([3, 0, 1, 2, 1]))
    for image, result, count in zip(images, found, (3, 0, 1, 2, 1), strict=True):
        assert torch.equal(result, image.rot90(count, (1, 2)))
    assert torch.equal(images, before)

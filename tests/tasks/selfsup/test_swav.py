import pytest

from pleura.errors import InputError
from pleura.tasks.selfsup.methods.swav import SwAV
from tests.tasks.selfsup.contract import MethodContract


class TestSwAV(MethodContract):
    spec = "swav"
    couples = True


def test_more_prototypes_than_images_in_a_batch_are_refused() -> None:
    SwAV(prototypes=16).check(100, 16)
    for images, batch_size in ((100, 15), (15, 16)):
        with pytest.raises(InputError, match=r"batch of 15 images(.|\n)*to 15 or less"):
            SwAV(prototypes=16).check(images, batch_size)

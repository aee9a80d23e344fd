from pleura.tasks.selfsup.methods.swav import SwAV
from tests.tasks.selfsup.contract import MethodContract


class TestSwAV(MethodContract):
    spec = "swav"
    couples = True


def test_more_prototypes_than_images_in_a_batch_are_cautioned() -> None:
    assert SwAV(prototypes=16).cautions(100, 16) == []
    for images, batch_size in ((100, 15), (15, 16)):
        (caution,) = SwAV(prototypes=16).cautions(images, batch_size)
        assert "batch of 15 images" in caution
        assert "to 15 or less" in caution

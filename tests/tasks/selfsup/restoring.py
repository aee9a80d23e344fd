"""What methods that restore an image must keep to beside the contract of all."""

import torch

from pleura.tasks.selfsup.restoring import RestoringPretrainer
from pleura.train.loop import Draw
from tests.tasks.selfsup.contract import MethodContract


class RestoringContract(MethodContract):
    falls = 0.3
    rate = 5e-3

    def built(self) -> RestoringPretrainer:
        network = self.network()
        assert isinstance(network, RestoringPretrainer)
        return network

    def test_it_restores_more_than_the_average_image(self) -> None:
        network = self.built()
        self.train(network, 0, self.steps)
        draw = Draw(99, augmented=True)
        with torch.no_grad():
            wanted = network.view(self.images(), draw, 0)
            restored = network.restore(network.spoil(wanted, draw))
        average = (wanted - wanted.mean(dim=0)).square().mean()
        assert (restored - wanted).square().mean() < 0.8 * average

    def test_what_is_spoilt_keeps_shape_range_and_its_original(self) -> None:
        network = self.built()
        images = self.images()
        before = images.clone()
        spoilt = network.spoil(images, Draw(1, augmented=True))
        assert torch.equal(images, before)
        assert spoilt.shape == images.shape
        assert spoilt.min() >= 0
        assert spoilt.max() <= 1
        assert (spoilt != images).float().mean() > 0.2

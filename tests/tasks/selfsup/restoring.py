"""What methods that restore an image must keep to beside the contract of all."""

import torch

from pleura.tasks.selfsup.listed import make_method
from pleura.tasks.selfsup.methods.restoring_method import RestoringMethod, restore
from tests.tasks.selfsup.contract import MethodContract, batch_of


class RestoringContract(MethodContract):
    falls = 0.3
    rate = 5e-3

    def method(self) -> RestoringMethod:
        method = make_method(self.spec)
        assert isinstance(method, RestoringMethod)
        return method

    def test_it_restores_more_than_the_average_image(self) -> None:
        network = self.network()
        self.train(network, 0, self.steps)
        batch = batch_of(len(self.images()), 99)
        with torch.no_grad():
            wanted = network.view(self.images(), batch, 0)
            restored = restore(network, self.method().spoil(wanted, batch))
        average = (wanted - wanted.mean(dim=0)).square().mean()
        assert (restored - wanted).square().mean() < 0.8 * average

    def test_what_is_spoilt_keeps_shape_range_and_its_original(self) -> None:
        images = self.images()
        before = images.clone()
        spoilt = self.method().spoil(images, batch_of(len(self.images()), 1))
        assert torch.equal(images, before)
        assert spoilt.shape == images.shape
        assert spoilt.min() >= 0
        assert spoilt.max() <= 1
        assert (spoilt != images).float().mean() > 0.2

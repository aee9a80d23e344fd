"""The masked autoencoder: what it hides stays hidden, and what it learns is the backbone's own."""

from typing import Any

import pytest
import torch
from torch import Tensor

from pleura.data.views import Views
from pleura.errors import InputError
from pleura.models.build import LoadedBackbone, build_backbone
from pleura.tasks.selfsup.listed import make_method
from pleura.tasks.selfsup.methods.masked_autoencoder import MaskedAutoencoder, encode
from pleura.tasks.selfsup.pretrainer import Pretrainer
from tests.tasks.selfsup.contract import MethodContract, batch_of, built, chests

VIT = "test_vit"  # timm's smallest: six blocks of 64 channels, patches of 16 pixels
STILL = Views(area=1, aspect=0, flip=0, rotation=0, brightness=0, contrast=0, gamma=0)


class TestMaskedAutoencoder(MethodContract):
    spec = "masked_autoencoder"
    size = 64
    # First it learns what all images share.
    keeps_rank = 0.2
    falls = 0.08

    def network(self, seed: int = 0, *, norm: bool = True) -> Pretrainer:
        """No backbone of convolutions has patches; a ViT has no BatchNorm either."""
        del norm
        loaded = build_backbone(VIT, "random", seed=seed)
        return make_method(self.spec).build(loaded, Views(), size=self.size, images=32, seed=seed)

    def test_images_of_any_size_the_backbone_takes_do(self) -> None:
        """Of other sizes than the backbone was built for (160 pixels) too."""
        for size, patches in ((48, 9), (176, 121)):
            network = MaskedAutoencoder().build(
                build_backbone(VIT, "random"), Views(), size=size, images=32, seed=0
            )
            assert decoder_of(network).sequence_length == 1 + patches
            assert network(chests(2, size), batch_of(2, 1)).isfinite()


def decoder_of(network: Pretrainer) -> Any:
    return network.own["decoder"]


@pytest.fixture(scope="module")
def loaded() -> LoadedBackbone:
    return build_backbone(VIT, "random")


@pytest.fixture
def network(loaded: LoadedBackbone) -> Pretrainer:
    return MaskedAutoencoder().build(loaded, STILL, size=64, images=32, seed=0).eval()


def noise(n: int = 3) -> Tensor:
    return torch.rand(n, 1, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("masked", "shown"), [(0.75, 4), (0.5, 8), (0.99, 1), (0.01, 15)])
def test_hides_the_share_of_the_patches_that_is_asked_for(
    loaded: LoadedBackbone, masked: float, shown: int
) -> None:
    method = MaskedAutoencoder(masked=masked)
    network = method.build(loaded, STILL, size=64, images=32, seed=0)
    seen, hidden = method.divide(network, noise(), batch_of(3, 0))
    assert (seen[:, 0] == 0).all()  # the class token
    assert seen.shape == (3, 1 + shown)
    together = torch.cat([seen, hidden], dim=1).sort(dim=1).values
    assert together.equal(torch.arange(17).expand(3, -1))
    assert not hidden[0].equal(hidden[1])


@torch.no_grad()
def test_the_encoder_is_the_backbone(network: Pretrainer) -> None:
    images = noise()
    order = torch.stack(
        [torch.randperm(16, generator=torch.Generator().manual_seed(i)) for i in range(3)]
    )
    every = torch.cat([torch.zeros(3, 1, dtype=torch.int64), order + 1], dim=1)
    tokens = encode(network, images, every)[:, 1:]
    back = tokens.gather(1, order.argsort(dim=1).unsqueeze(2).expand_as(tokens))
    maps = network.maps(images, ["norm"])["norm"]
    torch.testing.assert_close(back.transpose(1, 2).reshape(maps.shape), maps)


@torch.no_grad()
def test_what_is_hidden_cannot_be_seen(network: Pretrainer) -> None:
    images = noise(1)
    other = images.clone()
    other[..., :16, 16:32] = 0  # the second patch
    shown = torch.tensor([[0, 1, 5, 9, 13]])
    assert encode(network, images, shown).equal(encode(network, other, shown))
    shown = torch.tensor([[0, 2, 5, 9, 13]])
    assert not encode(network, images, shown).equal(encode(network, other, shown))


@torch.no_grad()
def test_loss_is_that_of_hidden_patches_of_variance_one(
    network: Pretrainer,
) -> None:
    batch = batch_of(3, 0)
    for parameter in network.own["predict"].parameters():
        parameter.zero_()
    assert network(noise(), batch).item() == pytest.approx(255 / 256, abs=0.002)
    # Brightness in steps of a patch leaves nothing to draw.
    flat = noise()[..., ::16, ::16].repeat_interleave(16, -1).repeat_interleave(16, -2)
    assert network(flat, batch).item() == pytest.approx(0, abs=1e-6)
    shown, _ = MaskedAutoencoder().divide(network, flat, batch)
    seen = torch.zeros(3, 16).scatter(1, shown[:, 1:] - 1, 1.0)
    marks = seen.view(3, 1, 4, 4).repeat_interleave(16, -1).repeat_interleave(16, -2)
    flat = torch.where(marks > 0, noise(), flat)
    assert network(flat, batch).item() == pytest.approx(0, abs=1e-6)


def test_positions_of_the_decoder_do_not_train(network: Pretrainer) -> None:
    trained = {name for name, _ in decoder_of(network).named_parameters()}
    assert "mask_token" in trained
    assert "pos_embed" not in trained
    assert "pos_embed" in decoder_of(network).state_dict()


def test_a_backbone_without_patches_is_refused() -> None:
    with pytest.raises(InputError, match="not of resnet18") as refused:
        built("masked_autoencoder", build_backbone("resnet18", "random"), size=64)
    assert "vit_tiny_patch16_224" in str(refused.value)


@pytest.mark.parametrize(("size", "fits"), [(70, 80), (16, 32)])
def test_a_size_that_cannot_be_divided_is_refused(
    loaded: LoadedBackbone, size: int, fits: int
) -> None:
    with pytest.raises(InputError, match=f"next larger size that fits is {fits}"):
        MaskedAutoencoder().build(loaded, STILL, size=size, images=32, seed=0)

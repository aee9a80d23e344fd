"""Networks of timm against the library's own features."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

import pleura._torchvision  # noqa: F401  isort: skip
import timm

from pleura.errors import InputError
from pleura.models.build import build_backbone
from pleura.models.seeding import seeded
from pleura.models.timm_nets import TIMM_NETS


def library_map(name: str, net: Any, x: Tensor) -> Tensor:
    """The library's last features, tokens and channels-last ones as maps."""
    y: Tensor = net.forward_features(x)
    if y.ndim == 3:
        side = math.isqrt(y.shape[1] - 1)
        return y[:, 1:].transpose(1, 2).reshape(1, -1, side, side)
    return y.permute(0, 3, 1, 2) if name.startswith("swin") else y


@pytest.mark.parametrize("name", TIMM_NETS)
@torch.no_grad()
def test_last_map_is_the_librarys(name: str) -> None:
    size: Any = {"dynamic_img_size": True} if "224" in name else {}
    with seeded(3):
        net = timm.create_model(name, **size).eval()
    backbone = build_backbone(name, "random", channels=3, seed=3).backbone.eval()
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(backbone(x), library_map(name, net, x), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "convnext_atto"])
@torch.no_grad()
def test_last_map_gives_the_librarys_logits(name: str) -> None:
    with seeded(3):
        net: Any = timm.create_model(name).eval()
    backbone = build_backbone(name, "random", channels=3, seed=3).backbone.eval()
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(net.forward_head(backbone(x)), net(x), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", ["fastvit_t8", "coat_tiny"])
def test_networks_that_do_not_fit_are_refused(name: str) -> None:
    # Two branches read the image; the maps of parallel branches share their names.
    with pytest.raises(InputError, match=f"{name} does not work as a backbone"):
        build_backbone(name, "random")


def test_fixed_image_size_is_told() -> None:
    backbone = build_backbone("maxvit_tiny_tf_224", "random").backbone
    with pytest.raises(InputError, match="224"):
        backbone(torch.zeros(1, 1, 64, 64))


@pytest.mark.parametrize(
    ("name", "fitting"), [("vit_tiny_patch16_224", 112), ("swin_tiny_patch4_window7_224", 104)]
)
def test_multiples_of_the_patch_are_told(name: str, fitting: int) -> None:
    backbone = build_backbone(name, "random").backbone
    with pytest.raises(InputError, match=f"takes no images of 101x101 .* {fitting}x{fitting}"):
        backbone(torch.zeros(1, 1, 101, 101))

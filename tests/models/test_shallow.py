"""The CBR networks against the counts of the paper."""

import pytest

from pleura.errors import InputError
from pleura.models.build import build_backbone
from pleura.models.shallow import SHALLOW_NETS


@pytest.mark.parametrize(
    ("name", "published", "stride"),
    [("cbr_larget", 8_532_480, 16), ("cbr_largew", 8_432_128, 16), ("cbr_small", 2_108_672, 16)],
)
def test_counts_are_the_papers(name: str, published: int, stride: int) -> None:
    # Table 1 counts the convolutions after the first, and a head of five classes without bias.
    backbone = build_backbone(name, "random").backbone
    convolutions = [p.numel() for p in backbone.parameters() if p.ndim == 4]
    assert sum(convolutions[1:]) + 5 * backbone.cuts[-1].channels == published
    assert backbone.cuts[-1].stride == stride


def test_tiny_has_the_described_widths() -> None:
    backbone = build_backbone("cbr_tiny", "random").backbone
    assert [cut.channels for cut in backbone.cuts] == [64, 128, 256, 512]
    kernels = {tuple(p.shape[2:]) for p in backbone.parameters() if p.ndim == 4}
    assert kernels == {(5, 5)}


@pytest.mark.parametrize("name", SHALLOW_NETS)
def test_there_are_no_imagenet_weights(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} has no `imagenet` weights; use `random`"):
        build_backbone(name, "imagenet")

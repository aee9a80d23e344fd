"""DINOv3: vision transformers that learned from 1,689 million images of the web without labels
(Siméoni et al. 2025, arXiv 2508.10104), as timm has them.

Size, mean and std and licence are those of timm 1.0.31. The networks have relative positions, so
that they take images of any size that is a multiple of 16.
"""

from pleura.models.sources.layouts import as_it_is
from pleura.models.sources.source import Hub, WeightSource


def _net(size: str, what: str, mb: str = "") -> WeightSource:
    backbone = f"vit_{size}_patch16_dinov3"
    return WeightSource(
        name=f"dinov3-{size}",
        what=f"{what} that learned from 1,689 million images of the web without labels",
        page=f"https://huggingface.co/timm/{backbone}.lvd1689m",
        licence="DINOv3 License (Meta; terms on passing it on)",
        backbone=backbone,
        channels=3,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        size=256,
        place=Hub(f"timm/{backbone}.lvd1689m", "model.safetensors"),
        layout=as_it_is,
        bytes=mb,
        trained_on=(),
        trained_notes="LVD-1689M: images of the web",
    )


DINOV3 = (_net("small", "ViT-S/16", "86.4 MB"), _net("base", "ViT-B/16"))

"""DINOv2: vision transformers that learned from 142 million images of the web without labels (Oquab
et al. 2023, arXiv 2304.07193), as timm has them.

Size, mean and std and licence are those of timm 1.0.31; the digest of the larger one is that of the
hub's page. The files of the authors (dinov2_vits14_pretrain.pth, ...) are read, too.
"""

from pleura.models.sources.layouts import dinov2
from pleura.models.sources.source import Hub, WeightSource


def _net(size: str, what: str, mb: str, sha256: str = "") -> WeightSource:
    backbone = f"vit_{size}_patch14_dinov2"
    return WeightSource(
        name=f"dinov2-{size}",
        what=f"{what} that learned from 142 million images of the web without labels",
        page=f"https://huggingface.co/timm/{backbone}.lvd142m",
        licence="Apache-2.0",
        backbone=backbone,
        channels=3,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        size=518,
        place=Hub(f"timm/{backbone}.lvd142m", "model.safetensors"),
        layout=dinov2,
        sha256=sha256,
        bytes=mb,
        trained_on=(),
        trained_notes="LVD-142M: images of the web like those of public sets of photographs",
    )


DINOV2 = (
    _net("small", "ViT-S/14", "88.2 MB"),
    _net(
        "base",
        "ViT-B/14",
        "346 MB",
        "55cbb5d887b336d430e649c277b85a1429e724871f9d02ac16203235886d8c7b",
    ),
)

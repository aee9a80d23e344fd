"""Files of the true layout for each family of published weights, with random values; and what the
library's own network makes of an image, given as its authors give it.

Networks are as the published ones, but for depth and width where timm can build them smaller.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

import pleura._torchvision  # noqa: F401  isort: skip
import timm
from torchvision import models
from torchvision.models.resnet import Bottleneck

from pleura.models import timm_nets, torchvision_nets
from pleura.models.seeding import seeded
from pleura.models.sources.listed import SOURCES

Normalise = Callable[[Tensor], Tensor]
"""Images (n, 3, h, w) in [0, 1] as the authors' code gives them to their network."""
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class MadeUp:
    """What `pleura` calls the network, the `file`, the side of its images, and the pooled features
    that the library's network has of images (n, 3, h, w) in [0, 1]."""

    backbone: str
    file: Path
    size: int
    features: Callable[[Tensor], Tensor]


def lively(net: Any) -> Any:
    """A network with statistics and scales that differ from layer to layer, in evaluation mode."""
    generator = torch.Generator().manual_seed(11)
    for tensor in net.state_dict().values():
        if tensor.ndim == 1 and tensor.is_floating_point():
            tensor.add_(torch.rand(tensor.shape, generator=generator) * 0.3)
    return net.eval()


def by(mean: tuple[float, ...], std: tuple[float, ...]) -> Normalise:
    return lambda x: (x - torch.tensor(mean).view(-1, 1, 1)) / torch.tensor(std).view(-1, 1, 1)


def patches(net: Any, normalise: Normalise, prefix: int) -> Callable[[Tensor], Tensor]:
    """The mean over patches of timm's last tokens, without class and register tokens."""
    return lambda x: net.forward_features(normalise(x))[:, prefix:].mean(1)


def variant(patch: pytest.MonkeyPatch, source: str, model: str, **options: Any) -> tuple[str, Any]:
    """A smaller network than that of a source, and its name; the source is then of it."""
    name = f"small_{SOURCES[source].backbone}"
    patch.setitem(timm_nets.VARIANTS, name, (model, options))
    patch.setitem(SOURCES, source, replace(SOURCES[source], backbone=name))
    with seeded(2):
        return name, lively(timm.create_model(model, dynamic_img_size=True, **options))


def torchvisions(patch: pytest.MonkeyPatch, name: str) -> Any:
    """A network of torchvision with the names of a larger one, in whose place pleura builds it."""
    makers: dict[str, Callable[..., nn.Module]] = {
        "resnet50": partial(models.ResNet, Bottleneck, [2, 1, 1, 1], width_per_group=8),
        "densenet121": partial(models.DenseNet, 8, (3, 2, 2, 2), 64),
    }
    listed = torchvision_nets.TORCHVISION_NETS
    patch.setitem(listed, name, replace(listed[name], function=makers[name]))
    with seeded(2):
        return makers[name]()


SMALL_VIT = {"depth": 2, "embed_dim": 24, "num_heads": 2}


def torchxrayvision_densenet(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    """A whole pickled network, in torch's earlier format."""
    net = torchvisions(patch, "densenet121")
    with seeded(3):
        net.features.conv0 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    lively(net)
    torch.save(net, folder / "w.pt", _use_new_zipfile_serialization=False)
    return MadeUp(
        "densenet121",
        folder / "w.pt",
        64,
        lambda x: functional.relu(net.features((2 * x[:, :1] - 1) * 1024)).mean((2, 3)),
    )


def pooled_resnet(net: Any, x: Tensor) -> Tensor:
    x = net.maxpool(net.relu(net.bn1(net.conv1(x))))
    pooled: Tensor = net.layer4(net.layer3(net.layer2(net.layer1(x)))).mean((2, 3))
    return pooled


def torchxrayvision_resnet(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    net = torchvisions(patch, "resnet50")
    with seeded(3):
        net.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    lively(net)
    torch.save(net.state_dict(), folder / "w.pt")
    return MadeUp(
        *("resnet50", folder / "w.pt", 64),
        lambda x: pooled_resnet(net, (2 * x[:, :1] - 1) * 1024),
    )


def radimagenet_resnet(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    """`backbone` of the authors' notebook; images as OpenCV reads them: blue first."""
    net = lively(torchvisions(patch, "resnet50"))
    holder = nn.Module()
    holder.backbone = nn.Sequential(*list(net.children())[:9])
    torch.save(holder.state_dict(), folder / "w.pt")
    return MadeUp(
        *("resnet50", folder / "w.pt", 64),
        lambda x: pooled_resnet(net, (255 * x.flip(1) - 127.5) * 2 / 255),
    )


def radimagenet_densenet(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    net = lively(torchvisions(patch, "densenet121"))
    holder = nn.Module()
    holder.backbone = nn.Sequential(*list(net.children())[:-1])
    torch.save(holder.state_dict(), folder / "w.pt")
    return MadeUp(
        *("densenet121", folder / "w.pt", 64),
        lambda x: functional.relu(net.features((255 * x.flip(1) - 127.5) * 2 / 255)).mean((2, 3)),
    )


def of_transformers(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of timm's DINOv2 by the names of transformers' Dinov2Model."""
    renamed: dict[str, Tensor] = {
        "embeddings.cls_token": state["cls_token"],
        "embeddings.mask_token": torch.zeros_like(state["cls_token"][0]),
        "embeddings.position_embeddings": state["pos_embed"],
        "layernorm.weight": state["norm.weight"],
        "layernorm.bias": state["norm.bias"],
    }
    same = {name: name for name in ("norm1", "norm2", "mlp.fc1", "mlp.fc2")}
    same["attention.output.dense"] = "attn.proj"
    for kind in ("weight", "bias"):
        renamed[f"embeddings.patch_embeddings.projection.{kind}"] = state[
            f"patch_embed.proj.{kind}"
        ]
        for i in range(2):
            start = f"encoder.layer.{i}"
            for theirs, timms in same.items():
                renamed[f"{start}.{theirs}.{kind}"] = state[f"blocks.{i}.{timms}.{kind}"]
            parts = state[f"blocks.{i}.attn.qkv.{kind}"].chunk(3)
            for part, each in zip(("query", "key", "value"), parts, strict=True):
                renamed[f"{start}.attention.attention.{part}.{kind}"] = each.clone()
            for k in (1, 2):
                renamed[f"{start}.layer_scale{k}.lambda1"] = state[f"blocks.{i}.ls{k}.gamma"]
    return renamed


def rad_dino(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    name, net = variant(patch, "rad-dino", "vit_base_patch14_dinov2", img_size=42, **SMALL_VIT)
    save_file(of_transformers(net.state_dict()), folder / "model.safetensors")
    normalise = by((0.5307,) * 3, (0.2583,) * 3)
    return MadeUp(name, folder / "model.safetensors", 56, patches(net, normalise, 1))


def rad_dino_of_version_5(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    """The same file as transformers writes it from its version 5 on."""
    its = rad_dino(folder, patch)
    later = {
        "attention.attention.query": "attention.q_proj",
        "attention.attention.key": "attention.k_proj",
        "attention.attention.value": "attention.v_proj",
        "attention.output.dense": "attention.o_proj",
    }
    renamed: dict[str, Tensor] = {}
    for key, each in load_file(its.file).items():
        for earlier, name in later.items():
            key = key.replace(earlier, name)
        renamed[key] = each
    save_file(renamed, its.file)
    return its


def rad_dino_compatible(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    """Its other file: DINOv2's own names."""
    name, net = variant(patch, "rad-dino", "vit_base_patch14_dinov2", img_size=42, **SMALL_VIT)
    own = {**net.state_dict(), "mask_token": torch.zeros(1, 24)}
    save_file(own, folder / "backbone_compatible.safetensors")
    normalise = by((0.5307,) * 3, (0.2583,) * 3)
    return MadeUp(name, folder / "backbone_compatible.safetensors", 42, patches(net, normalise, 1))


def dinov2(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    name, net = variant(patch, "dinov2-small", "vit_small_patch14_dinov2", img_size=42, **SMALL_VIT)
    save_file(net.state_dict(), folder / "model.safetensors")
    return MadeUp(name, folder / "model.safetensors", 42, patches(net, by(*IMAGENET), 1))


def dinov3(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    name, net = variant(patch, "dinov3-small", "vit_small_patch16_dinov3", **SMALL_VIT)
    save_file(net.state_dict(), folder / "model.safetensors")
    return MadeUp(name, folder / "model.safetensors", 48, patches(net, by(*IMAGENET), 5))


def medical_mae(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    """A checkpoint of a masked autoencoder, with its settings and its optimiser."""
    name, net = variant(patch, "medical-mae-base", "vit_base_patch16_224", img_size=32, **SMALL_VIT)
    decoder = {
        "mask_token": torch.zeros(1, 1, 16),
        "decoder_pos_embed": torch.zeros(1, 5, 16),
        "decoder_embed.weight": torch.zeros(16, 24),
        "decoder_blocks.0.norm1.weight": torch.zeros(16),
        "decoder_pred.bias": torch.zeros(768),
    }
    encoder = {key: each for key, each in net.state_dict().items() if not key.startswith("head.")}
    checkpoint = {
        "model": encoder | decoder,
        "optimizer": torch.optim.SGD(net.parameters()).state_dict(),
        "epoch": 799,
        "args": argparse.Namespace(lr=1e-3),
    }
    torch.save(checkpoint, folder / "w.pth")
    normalise = by((0.5056,) * 3, (0.252,) * 3)
    return MadeUp(name, folder / "w.pth", 32, patches(net, normalise, 1))


def usfm(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    model, options = timm_nets.VARIANTS[SOURCES["usfm"].backbone]
    small = {**options, **SMALL_VIT, "img_size": 32}
    name = "small_usfm"
    patch.setitem(timm_nets.VARIANTS, name, (model, small))
    patch.setitem(SOURCES, "usfm", replace(SOURCES["usfm"], backbone=name))
    with seeded(2):
        net: Any = lively(timm.create_model(model, **small))
    encoder = {key: each for key, each in net.state_dict().items() if not key.startswith("head.")}
    index = {"rel_pos_bias.relative_position_index": torch.zeros(5, 5, dtype=torch.int64)}
    torch.save(encoder | index | {"mask_token": torch.zeros(1, 1, 24)}, folder / "w.pth")
    return MadeUp(name, folder / "w.pth", 32, patches(net, by(*IMAGENET), 1))


def ark_plus(folder: Path, patch: pytest.MonkeyPatch) -> MadeUp:
    """A checkpoint with student and teacher by the names of timm 0.5, masks and heads."""
    name, net = variant(
        *(patch, "ark-plus", "swin_tiny_patch4_window7_224"),
        img_size=64,
        window_size=4,
        embed_dim=12,
        depths=(2, 2, 2),
        num_heads=(1, 2, 4),
    )
    teacher = {
        "module.layers.0.blocks.1.attn_mask": torch.zeros(16, 16, 16),
        "module.layers.0.blocks.0.attn.relative_position_index": torch.zeros(16, 16).long(),
        "module.projector.weight": torch.zeros(8, 48),
        "module.omni_heads.0.weight": torch.zeros(14, 8),
        "module.head.bias": torch.zeros(14),
    }
    for key, each in net.state_dict().items():
        if key.startswith("head."):
            continue
        parts = key.split(".")
        if parts[2:3] == ["downsample"]:
            parts[1] = str(int(parts[1]) - 1)
        teacher[f"module.{'.'.join(parts)}"] = each
    student = {key: torch.zeros_like(each) for key, each in teacher.items()}
    checkpoint = {"epoch": 50, "state_dict": student, "teacher": teacher}
    torch.save(checkpoint, folder / "w.pth.tar")
    normalise = by(*IMAGENET)
    return MadeUp(
        *(name, folder / "w.pth.tar", 64),
        lambda x: net.forward_features(normalise(x)).mean((1, 2)),
    )


Made = Callable[[Path, pytest.MonkeyPatch], MadeUp]
FAMILIES: Mapping[str, tuple[str, Made]] = {
    "torchxrayvision densenet": ("xrv-densenet121-all", torchxrayvision_densenet),
    "torchxrayvision resnet": ("xrv-resnet50-512-all", torchxrayvision_resnet),
    "rad-dino": ("rad-dino", rad_dino),
    "rad-dino of transformers 5": ("rad-dino", rad_dino_of_version_5),
    "rad-dino compatible": ("rad-dino", rad_dino_compatible),
    "ark-plus": ("ark-plus", ark_plus),
    "medical-mae": ("medical-mae-base", medical_mae),
    "radimagenet resnet": ("radimagenet-resnet50", radimagenet_resnet),
    "radimagenet densenet": ("radimagenet-densenet121", radimagenet_densenet),
    "usfm": ("usfm", usfm),
    "dinov2": ("dinov2-small", dinov2),
    "dinov3": ("dinov3-small", dinov3),
}

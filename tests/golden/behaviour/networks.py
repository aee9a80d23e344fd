"""What networks compute."""

import torch
from torch import nn

from pleura.models.build import adapt_to_gray, build_backbone
from pleura.models.reverse import HEADS, ReverseClassifier
from pleura.models.sources.listed import SOURCES
from pleura.models.unet_nets import build_unet
from tests.golden.behaviour.inputs import Figures, by_formula, pictures, seen, wave


def networks() -> Figures:
    """The start of a random network, and a colour convolution made gray."""
    random = build_backbone("squeezenet1_0", "random", seed=3).backbone
    colour = build_backbone("squeezenet1_0", "random", seed=3, channels=3).backbone
    by_formula(colour)
    mean, std = adapt_to_gray(colour, (0.4, 0.5, 0.6), (0.2, 0.3, 0.4))
    first = next(m for m in colour.modules() if isinstance(m, nn.Conv2d))
    start = list(random.parameters())[:4]
    assert first.bias is not None
    return [*mean, *std, *seen(first.weight, first.bias, *start)]


def network(name: str) -> Figures:
    """The cuts of a network with weights by a formula, and the last one's map of two images."""
    loaded = build_backbone(name, "random")
    by_formula(loaded.backbone)
    size = loaded.size if name.startswith(("vit", "swin")) else 96
    with torch.inference_mode():
        maps = loaded.backbone.eval().forward_cuts(pictures(2, size) * 2 - 1)
    cuts = ", ".join(f"{cut.name} {cut.channels} {cut.stride:g}" for cut in loaded.backbone.cuts)
    return [cuts, *loaded.mean, *loaded.std, *seen(list(maps.values())[-1])]


def weights_by_name() -> Figures:
    """The tensors of a small file of each layout, by the names that the network has for them."""
    found: Figures = []
    for source in {source.layout: source for source in SOURCES.values()}.values():
        names = LAYOUTS[source.layout.__name__]
        given = {name: wave(2, 3, seed=number) for number, name in enumerate(names)}
        for name, tensor in sorted(source.layout(given).items()):
            found += [name, *seen(tensor)]
    return found


LAYOUTS = {
    "torchxrayvision": ("features.conv0.weight", "op_threshs"),
    "dinov2": (
        *("embeddings.cls_token", "embeddings.mask_token", "embeddings.position_embeddings"),
        *("embeddings.patch_embeddings.projection.weight", "layernorm.bias"),
        *(f"encoder.layer.3.attention.attention.{part}.bias" for part in ("key", "query", "value")),
        *("encoder.layer.3.attention.output.dense.weight", "encoder.layer.3.mlp.fc1.weight"),
        *("encoder.layer.3.layer_scale2.lambda1", "encoder.layer.3.norm1.weight"),
    ),
    "swin_of_ark": (
        *("module.layers.0.downsample.norm.weight", "module.layers.1.blocks.0.attn.qkv.weight"),
        *("module.layers.0.blocks.1.attn_mask", "module.omni_heads.2.weight", "module.head.bias"),
    ),
    "masked_autoencoder": ("blocks.0.norm1.weight", "mask_token", "decoder_pred.bias"),
    "sequential_resnet": ("backbone.0.weight", "backbone.1.bias", "backbone.7.2.conv3.weight"),
    "sequential_densenet": ("backbone.0.denseblock1.denselayer2.norm1.weight",),
    "beit": ("blocks.0.attn.q_bias", "mask_token", "rel_pos_bias.relative_position_index"),
    "as_it_is": ("blocks.0.norm1.weight",),
}


def u_nets() -> Figures:
    """Logits of each U-Net."""
    found: Figures = []
    for spec in (
        {"x_unet": {"width": 4}},
        {"unet": {"backbone": "cbr_tiny", "at": "middle"}},
        {"unet": {"backbone": "cbr_tiny", "upsampling": "transposed", "norm": False}},
        {"unet": {"backbone": "squeezenet1_0"}},  # whose last map is enlarged to the image's size
        "v_unet",
    ):
        network = build_unet(spec, "random", 2, seed=0).network
        by_formula(network)
        with torch.inference_mode():
            logits = network.eval()(pictures(1, 37))
        # Single pixels too: what moves a map by half a pixel hardly changes its means.
        found += [str(network.skips), *seen(logits), *logits[0, 0, ::9, 5].tolist()]
    return found


def classifier_of_a_u_net() -> Figures:
    """Features and logits of each head."""
    found: Figures = []
    for head in HEADS:
        unet = build_unet({"x_unet": {"width": 4}}, "random", 2, seed=0).network
        network = ReverseClassifier(unet, head, 2, seed=0)
        by_formula(network)
        with torch.inference_mode():
            found += [head, *seen(network.eval()(pictures(2, 32)))]
    return found

"""What networks compute."""

import torch
from torch import nn

from pleura.models.build import adapt_to_gray, build_backbone
from pleura.models.reverse import HEADS, ReverseClassifier
from pleura.models.unet_nets import build_unet
from tests.golden.behaviour.inputs import Figures, by_formula, pictures, seen


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

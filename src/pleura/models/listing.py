"""The tested backbones as text."""

from collections.abc import Iterator

import torch

from pleura.models.build import (
    backbones_of_sources,
    build_backbone,
    imagenet_source,
    list_backbones,
)
from pleura.models.cost import count_macs, count_parameters
from pleura.models.sources.listed import SOURCES
from pleura.wording import aligned

HEADER = ("name", "built for", "parameters", "MACs", "ImageNet", "cuts: stages, and finer ones")
NOTE = (
    "Parameters and multiply-accumulates at 224 pixels, for gray images, without a head.\n"
    "ImageNet weights: offline (installed with pleura), download (at first use), or none.\n"
    "Most other networks of timm work by their name too."
)


def describe_backbones() -> str:
    """An aligned table, one line a backbone, and a note on what it shows."""
    rows = [HEADER, *map(_describe, sorted(list_backbones()))]
    return "\n".join([*aligned(rows, numbers=(1, 2, 3)), "", NOTE, *_published()])


def _published() -> Iterator[str]:
    """The published weights by name, a line for each backbone."""
    yield "Published weights by name (pleura list weights tells more):"
    for backbone in backbones_of_sources():
        names = [each.name for each in SOURCES.values() if each.backbone == backbone]
        yield f"  {backbone}: {', '.join(names)}"


def _describe(name: str) -> tuple[str, ...]:
    # On the meta device networks are built and counted without memory or arithmetic.
    with torch.device("meta"):
        loaded = build_backbone(name, "random")
        macs = count_macs(loaded.backbone, 224)
    cuts = loaded.backbone.cuts
    stages = [cut.name for cut in cuts if cut.stage]
    finer = len(cuts) - len(stages)
    return (
        name,
        f"{loaded.size} px",
        f"{count_parameters(loaded.backbone) / 1e6:.2f} M",
        f"{macs / 1e9:.2f} G",
        imagenet_source(name),
        ", ".join(stages) + (f" (+{finer})" if finer else ""),
    )

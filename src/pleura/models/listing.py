"""The tested backbones as text."""

import torch

from pleura.models.build import build_backbone, list_backbones


def describe_backbones() -> str:
    """One line a backbone: its name, its stages, and how many finer cuts lie between them."""
    lines = []
    # On the meta device networks are built without memory or arithmetic.
    with torch.device("meta"):
        for name in sorted(list_backbones()):
            cuts = build_backbone(name, "random", channels=3).backbone.cuts
            stages = ", ".join(cut.name for cut in cuts if cut.stage)
            lines.append(f"{name}: {stages} ({len(cuts)} cuts)")
    return "\n".join(lines)

"""RAD-DINO: a ViT-B/14 that learned from chest X-rays without labels (Pérez-García et al. 2025,
doi 10.1038/s42256-024-00965-w).

Licence, collections and names of tensors are those of its card on the hub and of the package
rad-dino 0.1.1; mean, std and size those of its preprocessor_config.json. Either file of its
repository is read: `model.safetensors` (transformers' Dinov2Model), which is downloaded, or
`backbone_compatible.safetensors` (DINOv2's own names).
"""

from pleura.models.sources import collections as c
from pleura.models.sources.layouts import dinov2
from pleura.models.sources.source import Hub, WeightSource

RAD_DINO = (
    WeightSource(
        name="rad-dino",
        what="ViT-B/14 that learned from 882,775 chest X-rays without labels (DINOv2)",
        page="https://huggingface.co/microsoft/rad-dino",
        licence="MIT",
        backbone="vit_base_patch14_dinov2",
        channels=3,
        mean=(0.5307,) * 3,
        std=(0.2583,) * 3,
        size=518,
        place=Hub("microsoft/rad-dino", "model.safetensors"),
        layout=dinov2,
        bytes="346 MB",
        trained_on=(c.MIMIC, c.CHEXPERT, c.NIH, c.PADCHEST, c.BRAX),
        trained_notes="its training left out the images on which MAIRA is validated and tested; "
        "training_images.csv on its page lists all",
    ),
)

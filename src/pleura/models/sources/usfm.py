"""USFM: a ViT-B/16 that learned from two million ultrasound images without labels (Jiao et al.
2024, doi 10.1016/j.media.2024.103202).

The network (BEiT: one table of relative positions for all blocks, no absolute ones) follows from
`remap_pretrained_keys_vit` of the authors' code (github.com/openmedlab/USFM:
USDSgen/utils/modelutils.py), mean and std are those of USDSgen/data/datasets.py. What its training
had seen is not told image by image: three private collections and four public ones, which are not
named where the weights are.
"""

from pleura.models.sources.layouts import beit
from pleura.models.sources.source import ByHand, WeightSource

USFM = (
    WeightSource(
        name="usfm",
        what="ViT-B/16 that learned from two million ultrasound images without labels",
        page="https://github.com/openmedlab/USFM",
        licence="CC BY-NC 4.0",
        backbone="usfm_vit_base_patch16_224",
        channels=3,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        size=224,
        place=ByHand(
            "https://github.com/openmedlab/USFM",
            "USFM_latest.pth",
            "follow its link to Google Drive, which asks before it sends so large a file",
        ),
        layout=beit,
        trained_on=None,
        trained_notes="ultrasound of 12 organs, from private collections and public ones that are "
        "not named",
    ),
)

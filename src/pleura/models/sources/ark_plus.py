"""Ark+: a Swin-L at 768 pixels that learned the labels of six collections of chest X-rays in turn
(Ma et al. 2025; Ma et al. 2023, arXiv 2310.09507).

The network, the key `teacher`, mean and std and the collections are those of the authors' code
(github.com/jlianglab/Ark, Ark_Plus). Its blocks in the last stage shift their windows, since the
map there is 24 x 24 at 768 pixels: built for 384 pixels, as timm has it, they would not.
"""

from pleura.models.sources import collections as c
from pleura.models.sources.layouts import swin_of_ark
from pleura.models.sources.source import ByHand, WeightSource

ARK_PLUS = (
    WeightSource(
        name="ark-plus",
        what="Swin-L at 768 pixels that learned the labels of six collections of chest X-rays",
        page="https://github.com/jlianglab/Ark",
        licence="ASU GitHub Project License (on its page)",
        backbone="swin_large_patch4_window12_768",
        channels=3,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        size=768,
        place=ByHand(
            "https://github.com/jlianglab/Ark",
            "Ark6_swinLarge768_ep50.pth.tar",
            "fill in the form that its page leads to; the authors send the file",
        ),
        layout=swin_of_ark,
        entry="teacher",
        trained_on=(c.MIMIC, c.CHEXPERT, c.NIH, c.RSNA, c.VINDR, c.SHENZHEN),
        trained_notes="a later file of the authors learned from COVIDx, too",
    ),
)

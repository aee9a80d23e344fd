"""Medical MAE: vision transformers that learned from chest X-rays by filling in hidden patches
(Xiao et al. 2023, arXiv 2210.12843).

Networks, collections, and the names of tensors are those of the authors' code
(github.com/lambert-x/medical_mae). Mean and std are those with which they fine-tune; in pretraining
NIH's images had these, and CheXpert's and MIMIC's those of ImageNet.
"""

from pleura.models.sources import collections as c
from pleura.models.sources.layouts import masked_autoencoder
from pleura.models.sources.source import ByHand, WeightSource

PAGE = "https://github.com/lambert-x/medical_mae"


def _net(size: str, what: str, file: str, trained_on: tuple[c.Collection, ...]) -> WeightSource:
    return WeightSource(
        name=f"medical-mae-{size}",
        what=f"{what} chest X-rays by filling in hidden patches",
        page=PAGE,
        licence="none is stated for the weights",
        backbone=f"vit_{size}_patch16_224",
        channels=3,
        mean=(0.5056,) * 3,
        std=(0.252,) * 3,
        size=224,
        place=ByHand(PAGE, file, "follow the link in its table, to Google Drive, under Pretrained"),
        layout=masked_autoencoder,
        entry="model",
        trained_on=trained_on,
        trained_notes="its training saw the training part of each alone",
    )


MEDICAL_MAE = (
    _net(
        "small",
        "ViT-S/16 that learned from 0.3 million",
        "vit_small_patch16_CXR_0.3M_mae_pretrain.pth",
        (c.CHEXPERT, c.NIH),
    ),
    _net(
        "base",
        "ViT-B/16 that learned from 0.5 million",
        "vit-b_CXR_0.5M_mae.pth",
        (c.CHEXPERT, c.NIH, c.MIMIC),
    ),
)

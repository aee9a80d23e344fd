"""The classifiers of TorchXRayVision: DenseNet-121 on several collections of chest X-rays at 224
pixels, and a ResNet-50 at 512 (Cohen et al. 2022, arXiv 2111.00595).

Addresses, collections and the range of the images are those of the package, version 1.5.7
(models.py, utils.py). Its images are gray and go from -1024 to 1024. The files of the DenseNets are
whole pickled networks, that of the ResNet is a table of tensors.
"""

from pleura.models.sources import collections as c
from pleura.models.sources.layouts import torchxrayvision
from pleura.models.sources.source import Url, WeightSource, scaled_to

PAGE = "https://github.com/mlmed/torchxrayvision"
RELEASE = f"{PAGE}/releases/download/v1/"
LICENCE = "Apache-2.0 (the package; no other is stated for the weights)"
MEAN, STD = scaled_to(-1024, 1024, 1)
ALL = (c.NIH, c.PADCHEST, c.CHEXPERT, c.MIMIC, c.GOOGLE_NIH, c.OPENI, c.RSNA)


def _net(
    name: str,
    network: str,
    size: int,
    file: str,
    trained_on: tuple[c.Collection, ...],
    notes: str = "",
) -> WeightSource:
    return WeightSource(
        name=f"xrv-{name}",
        what=f"TorchXRayVision's {network}, which tells findings of chest X-rays",
        page=PAGE,
        licence=LICENCE,
        backbone=network.lower().replace("-", ""),
        channels=1,
        mean=MEAN,
        std=STD,
        size=size,
        place=Url(f"{RELEASE}{file}"),
        layout=torchxrayvision,
        trained_on=trained_on,
        trained_notes=notes,
    )


def _densenet(
    name: str, file: str, trained_on: tuple[c.Collection, ...], notes: str = ""
) -> WeightSource:
    file = f"{file}-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt"
    return _net(f"densenet121-{name}", "DenseNet-121", 224, file, trained_on, notes)


TORCHXRAYVISION = (
    _densenet("all", "nih-pc-chex-mimic_ch-google-openi-kaggle", ALL),
    _densenet("nih", "nih", (c.NIH,)),
    _densenet("pc", "pc", (c.PADCHEST,)),
    _densenet("chex", "chex", (c.CHEXPERT,)),
    _densenet("rsna", "kaggle", (c.RSNA,)),
    _densenet("mimic_nb", "mimic_nb", (c.MIMIC,), "labels by NegBio"),
    _densenet("mimic_ch", "mimic_ch", (c.MIMIC,), "labels by the CheXpert labeller"),
    _net(
        "resnet50-512-all",
        "ResNet-50",
        512,
        "pc-nih-rsna-siim-vin-resnet50-test512-e400-state.pt",
        (c.PADCHEST, c.NIH, c.RSNA, c.SIIM, c.VINDR),
    ),
)

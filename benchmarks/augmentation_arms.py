"""What `benchmarks.augmentation` trains: images, networks, and arms that change a setting each."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pleura.data.augment import Augmentation

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
SIZE = 64  # pixels
CHILDREN: dict[str, Any] = {
    "data": {
        "manifest": str(SHARED / "data" / "chest_xray" / "images.csv"),
        "columns": {"image": "file", "patient": "patient_id"},
        "where": {"source": "Kermany*"},
        "classes": ["normal", "bacterial", "viral"],
        "same_image": "merge",
    },
    "split": {"test": "split", "validation": 0.2},
}
ADULTS: dict[str, Any] = {
    "data": {
        "manifest": str(SHARED / "data" / "lung_masks" / "pairs.csv"),
        "columns": {"patient": "patient_id"},
    },
    "split": {"test": 0.25, "validation": 0.3},
}
ULTRASOUND: dict[str, Any] = {
    "data": {
        "manifest": str(SHARED / "data" / "lung_ultrasound" / "frames.csv"),
        "columns": {"image": "file", "patient": "patient_id", "video": "video_id"},
        "classes": ["normal", "pneumonia", "covid"],
        "labels": {"pneumonia": ["bacterial_pneumonia", "viral_pneumonia"]},
        "same_image": "merge",
    },
    "split": {"test": 0.25, "validation": 0.3},
}
# Images, and the share of the training patients' labels that is learned from.
COLLECTIONS = {
    "children, 10 %": (CHILDREN, 0.1),
    "children": (CHILDREN, 1.0),
    "ultrasound": (ULTRASOUND, 1.0),
    "adults": (ADULTS, 1.0),
}
LITE0 = {"backbone": "tf_efficientnet_lite0", "weights": "imagenet"}
MOBILENET = str(SHARED / "weights" / "mobilenet_v2_035_features.safetensors")
SQUEEZENET = str(SHARED / "weights" / "squeezenet1_0.safetensors")
NETWORKS: dict[str, dict[str, Any]] = {
    "Lite0, middle": {**LITE0, "strategy": {"truncation": {"at": "middle"}}},
    "MobileNetV2": {"backbone": "mobilenet_v2_035", "weights": MOBILENET},
    "SqueezeNet": {"backbone": "squeezenet1_0", "weights": SQUEEZENET},
    "Lite0": LITE0,
}
X_UNET = "X-Unet"
SCREENED = [
    *(
        (data, network)
        for data in ("children, 10 %", "ultrasound", "adults")
        for network in ("Lite0, middle", "MobileNetV2", "SqueezeNet")
    ),
    ("adults", X_UNET),
]
WITH_ALL = [("children", "Lite0, middle"), ("children", "Lite0")]
AMOUNTS = {
    "rotation": (10.0, 20.0),
    "shift": (0.05, 0.1),
    "scale": (0.1, 0.2),
    "brightness": (0.1, 0.2),
    "contrast": (0.2, 0.4),
    "noise": (0.02, 0.05),
}
RARE = 0.25
OLD_NOISE = 0.02


@dataclass(frozen=True)
class Arm:
    """What an arm changes: keys of `augmentation` (None: there is none) and of `fit`, a factor on
    the learning `rate`, class weights (`balanced`), noise on every image (`old_noise`), or the
    share of a target that the loss spreads over all classes (`smoothing`)."""

    augmentation: Mapping[str, Any] | None = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)
    rate: float = 1.0
    balanced: bool = True
    old_noise: bool = False
    smoothing: float = 0.0

    def augmented(self) -> Augmentation | None:
        """How images are varied."""
        given = self.augmentation
        return None if given is None else Augmentation.model_validate(given)


def arms() -> dict[str, dict[str, Any]]:
    """The fields of each `Arm`. `old` is the default that was at fault: all changes on every image,
    noise too, and BatchNorm's moving averages."""
    always = {"untouched": 0.0, "probability": 1.0}
    moving = {"batchnorm_images": 0}
    found: dict[str, dict[str, Any]] = {
        "default": {},
        "old": {"augmentation": always, "old_noise": True, "fit": moving},
        "old, BatchNorm settled": {"augmentation": always, "old_noise": True},
        "old without noise": {"augmentation": always, "fit": moving},
        "always": {"augmentation": always},
        "moving averages": {"fit": moving},
        "none": {"augmentation": None},
        "flip off": {"augmentation": {"flip": 0.0}},
        "untouched 0": {"augmentation": {"untouched": 0.0}},
        "untouched 0.5": {"augmentation": {"untouched": 0.5}},
    }
    for change, (usual, strong) in AMOUNTS.items():
        if change != "noise":
            found[f"{change} off"] = {"augmentation": {change: 0.0}}
        for strength in (usual, strong):
            for often, probability in (("rare", RARE), ("always", 1.0)):
                changed = {change: strength, "probability": {change: probability}}
                found[f"{change} {strength:g} {often}"] = {"augmentation": changed}
    return found | {
        "a third of the rate": {"rate": 1 / 3},
        "three times the rate": {"rate": 3.0},
        "half the epochs": {"fit": {"epochs": 4, "min_steps": 150}},
        "twice the epochs": {"fit": {"epochs": 16, "min_steps": 600}},
        "no class weights": {"balanced": False},
        "label smoothing 0.1": {"smoothing": 0.1},
        "label smoothing 0.2": {"smoothing": 0.2},
        "no early stopping": {"fit": {"patience": 1.0}},
    }

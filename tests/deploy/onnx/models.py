"""Small models of every kind, in folders as a study leaves them."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from pleura.deploy.likeness import channels_of, fit_likeness, logits_and_features
from pleura.deploy.weights import save_model
from pleura.evaluate.calibration_maps import map_of
from pleura.models.lora import merge
from pleura.models.reverse import ReverseClassifier
from pleura.models.unet_nets import build_unet
from pleura.transfer.build import build_model

SIZE = 32
KEY = "4b" * 32  # of what is like the training images
SPEC: dict[str, Any] = {"backbone": "squeezenet1_0", "strategy": "fine_tuning"}
BASIC: dict[str, Any] = {"size": SIZE, "fit": "crop", "full_range": None}
CALIBRATION = {"temperature": 1.0, "biases": [0.0, 0.0, 0.0], "images": 40, "patients": 20}
CLASSES: dict[str, Any] = {
    **BASIC,
    **SPEC,
    "task": "classification",
    "classes": ["normal", "bacterial", "viral"],
    "calibration": CALIBRATION,
}
SETS = {"coverage": 0.9, "several": False, "thresholds": [[0.3, None, 0.35]]}
FINDINGS: dict[str, Any] = {
    **BASIC,
    **SPEC,
    "task": "findings",
    "classes": ["effusion", "nodule"],
    "calibration": {"temperature": [1.0, 1.0], "biases": [0.0, 0.0]},
    "thresholds": {"effusion": 0.62, "nodule": 0.38},
    "sets": {
        "coverage": 0.9,
        "several": True,
        "thresholds": [[0.2, 0.4], [None, 0.6]],
        "patients": [[12, 12], [3, 12]],
    },
}
AGE: dict[str, Any] = {
    **BASIC,
    **SPEC,
    "task": "numbers",
    "classes": ["age"],
    "unit": "years",
    "calibration": {"unit": "years"},
}
LUNGS: dict[str, Any] = {
    **BASIC,
    "task": "segmentation",
    "network": {"x_unet": {"width": 2}},
    "structures": ["lung"],
}
NOISE = np.random.default_rng(7).integers(0, 256, (7, SIZE, SIZE), dtype=np.uint8)
PIXELS = np.random.default_rng(2).integers(0, 40, (60, SIZE, SIZE), dtype=np.uint8)


def networks(spec: dict[str, Any], number: int = 1) -> list[Any]:
    """Classifiers with random weights, as they are handed over."""
    built = []
    for seed in range(number):
        given = {**spec, "weights": "random"}
        network = build_model(given, len(spec["classes"]), seed=seed).classifier.eval()
        merge(network)
        built.append(network)
    return built


def _spread(card: dict[str, Any], logits: Any) -> dict[str, Any]:
    """A map by which logits of networks that have learned nothing are as far apart as others."""
    middle, spread = logits.mean(0), logits.std(0)
    if isinstance(card["calibration"]["temperature"], list):
        return {"temperature": spread.tolist(), "biases": (-middle / spread).tolist()}
    one = float(spread.mean())
    return {"temperature": one, "biases": (-middle / one).tolist()}


def save_classifier(folder: Path, card: dict[str, Any], members: int = 1) -> Path:
    """A model, or an ensemble, that knows dark images, and whose probabilities differ from image
    to image."""
    first, *others = networks(card, members)
    shown = torch.from_numpy(NOISE)[:, None] / 255
    every = [logits_and_features(network, shown)[0] for network in (first, *others)]
    logits = map_of(card["calibration"]).mean(every) if others else every[0]
    if "unit" not in card:
        card = card | {"calibration": card["calibration"] | _spread(card, logits)}
    _, features = logits_and_features(first, torch.from_numpy(PIXELS)[:, None] / 255)
    known = fit_likeness(features[:30], features[30:], channels_of(first.backbone))
    told = {name: card[name] for name in ("backbone", "strategy")}
    whole = card | {"likeness": known.save(folder, KEY)}
    save_model(folder, first, whole, [(other, told) for other in others])
    return folder


def save_reverse(folder: Path, head: str = "scales") -> Path:
    """A classifier made out of a U-Net."""
    network = {"unet": {"backbone": "mobilenet_v2_035", "at": 3}}
    unet = build_unet(network, "random", 1, seed=0).network
    card = CLASSES | {"network": network, "structures": 1, "head": head}
    classifier = ReverseClassifier(unet, head, 3, seed=0).eval()
    logits = logits_and_features(classifier, torch.from_numpy(NOISE)[:, None] / 255)[0]
    save_model(folder, classifier, card | {"calibration": _spread(card, logits)})
    return folder


def save_segmenter(folder: Path, network: Any = LUNGS["network"]) -> Path:
    """A U-Net with random weights."""
    unet = build_unet(network, "random", 1, seed=0).network.eval()
    save_model(folder, unet, LUNGS | {"network": network})
    return folder

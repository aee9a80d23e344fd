"""What a network that learned from photographs sees in the images, for detectors that ask it."""

import numpy as np
import torch
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.errors import PleuraError
from pleura.models.build import WHEEL_NET, build_backbone
from pleura.models.classifier import Classifier
from pleura.study.context import Progress
from pleura.study.section_reader import Announce
from pleura.tasks.images import predict

BLOCK = 512


def frozen_features(
    bank: Bank, progress: Progress, announce: Announce
) -> NDArray[np.float32] | None:
    """Pooled features (n, channels) of all images of a bank by EfficientNet-Lite0 with its ImageNet
    weights, zeros for images that cannot be read; None, which is said, where the weights are not
    at hand."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        loaded = build_backbone(WHEEL_NET, "imagenet")
    except PleuraError as error:
        announce(
            f"note: without the weights of {WHEEL_NET}, some faults are not looked for: {error}"
        )
        return None
    model = Classifier(loaded.backbone, loaded.mean, loaded.std, 2).to(device).eval()
    parts = []
    for first in range(0, len(bank), BLOCK):
        progress("looking at images", first, len(bank), {})
        rows = np.arange(first, min(first + BLOCK, len(bank)))
        parts.append(predict(model.features, bank, rows, device))
    features = np.concatenate(parts)
    features[(bank.info["error"] != "").to_numpy()] = 0
    return features

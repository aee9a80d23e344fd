"""Tells whether an image is like those that a model was trained on, by the distance of its
features."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from torch import Tensor

from pleura.deploy.card import CURE
from pleura.errors import InputError
from pleura.files import write_atomically
from pleura.models.backbone import Backbone
from pleura.models.classifier import Classifier
from pleura.models.pixel_nets import SIDE, PixelNetwork
from pleura.models.reverse import AnyClassifier

FILE = "training_features.safetensors"
NEIGHBOURS = 5
RATE = 0.01  # of images like the training images that are flagged
VERSION = 1  # part of what a saved likeness is known by: raised whenever it would be another

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Likeness:
    """The features of training images, and how far from them those of an image may be.

    `centre` and `scale` (c,): the centre is subtracted from all features, and they are divided by
    the scale. `features` (n, c) float16 are those of the training images after that. `limit` is the
    greatest distance of an image that is like them; `rate` is the share of such images that are
    further away, learned from so many `validation` images.
    """

    centre: Array
    scale: Array
    features: NDArray[np.float16]
    limit: float
    rate: float
    validation: int

    def distances(self, features: Array) -> NDArray[np.float64]:
        """Distances (n,) of images with `features` (n, c) to their fifth nearest training image,
        as multiples of the limit: an image beyond 1 is unlike the training images."""
        scaled: Array = (features - self.centre) / self.scale
        return _to_neighbour(scaled, self.features) / self.limit

    def save(self, folder: Path, key: str) -> dict[str, Any]:
        """Write the features into `folder` and return what the card of the model says of them.

        `key` stands in both, so that a card is never used with the features of another model.
        """
        tensors: dict[str, NDArray[Any]] = {
            "centre": self.centre,
            "scale": self.scale,
            "features": self.features,
        }
        with write_atomically(folder / FILE) as temporary:
            save_file(tensors, temporary, {"key": key})
        return {
            "key": key,
            "limit": self.limit,
            "rate": self.rate,
            "neighbours": NEIGHBOURS,
            "training_images": len(self.features),
            "validation_images": self.validation,
        }


def fit_likeness(train: Array, validation: Array, groups: Sequence[int]) -> Likeness:
    """Learn from features of training images (n, c) and of validation images (m, c).

    `groups` are the numbers of channels of each cut, c in all. The features of a cut are divided by
    their root mean square distance from the mean of training, so that all cuts count alike.

    The limit is the k-th smallest distance of the m validation images, k = ceil(.99 (m + 1)), at
    most m. An image drawn as they were is further away with probability 1 - k / (m + 1), which is
    `rate`: 1 % from 99 images on, 1 / (m + 1) with fewer.
    """
    centre = train.mean(axis=0)
    moved = train - centre
    scale = np.ones_like(centre)
    for part in np.split(np.arange(len(centre)), np.cumsum(groups)[:-1]):
        scale[part] = np.sqrt((moved[:, part] ** 2).sum(axis=1).mean()) or 1.0
    features = (moved / scale).astype(np.float16)
    distances = np.sort(_to_neighbour((validation - centre) / scale, features))
    m = len(distances)
    k = min(m, int(np.ceil((1 - RATE) * (m + 1))))
    # A limit of zero, as of images that are all alike, would divide by nothing.
    limit = max(float(distances[k - 1]), float(np.finfo(np.float16).eps))
    return Likeness(centre, scale, features, limit, 1 - k / (m + 1), m)


def load_likeness(folder: Path, card: dict[str, Any]) -> Likeness | None:
    """What `Likeness.save` wrote for the model with this `card`, None where it wrote nothing.

    Raises InputError where its file is gone or damaged.
    """
    saved = card.get("likeness")
    if not saved:
        return None
    try:
        with safe_open(folder / FILE, "np") as file:
            if file.metadata()["key"] != saved["key"]:
                raise ValueError("of another model")
            centre, scale, features = map(file.get_tensor, ("centre", "scale", "features"))
    except (OSError, SafetensorError, TypeError, KeyError, ValueError) as error:
        raise InputError(f"{folder / FILE}: gone, damaged or of another model; {CURE}") from error
    judged = (saved["limit"], saved["rate"], saved["validation_images"])
    return Likeness(centre, scale, features, *judged)


def watched_cuts(backbone: Backbone) -> list[str]:
    """The cuts whose features are compared: the end of each stage, and the last cut.

    The last cut alone would let noise and photographs pass: a network that has learned to tell
    classes apart maps everything else onto them.
    """
    last = backbone.cuts[-1]
    return [cut.name for cut in backbone.cuts if cut.stage or cut is last]


def channels_of(backbone: Backbone) -> list[int]:
    """The number of channels at each of the `watched_cuts`."""
    names = watched_cuts(backbone)
    return [cut.channels for cut in backbone.cuts if cut.name in names]


def groups_of(network: AnyClassifier | PixelNetwork) -> list[int]:
    """The numbers of features that count alike: of each of the `watched_cuts`, or all pixels."""
    if isinstance(network, PixelNetwork):
        return [SIDE**2]
    return channels_of(network.backbone)


def logits_and_features(
    network: AnyClassifier | PixelNetwork, images: Tensor
) -> tuple[Array, Array]:
    """Logits (n, classes) and features (n, c) of images (n, 1, h, w) in [0, 1].

    Features are the means of the maps at the `watched_cuts`; of a pixel baseline its 32 x 32
    pixels.
    """
    if isinstance(network, PixelNetwork):
        with torch.inference_mode():
            pixels = network.pixels(images)
            return network.outputs(pixels).numpy(), pixels.numpy()
    backbone = network.backbone
    with torch.inference_mode():
        maps = backbone.forward_cuts(network.normalised(images), watched_cuts(backbone))
        means = [values.mean(dim=(2, 3)) for values in maps.values()]
        # A classifier's head stands on the last cut: one pass gives both.
        logits = network.head(means[-1]) if isinstance(network, Classifier) else network(images)
        features = torch.cat(means, dim=1)
    return logits.float().cpu().numpy(), features.float().cpu().numpy()


def _to_neighbour(features: Array, training: NDArray[np.float16]) -> NDArray[np.float64]:
    """Euclidean distance (n,) to the fifth nearest of the `training` features; where there are
    fewer, to the farthest."""
    there = training.astype(np.float64)
    here = features.astype(np.float64)
    squares = (here**2).sum(axis=1)[:, None] + (there**2).sum(axis=1) - 2 * here @ there.T
    position = min(NEIGHBOURS, len(there)) - 1
    nearest = np.partition(np.maximum(squares, 0.0), position, axis=1)[:, position]
    distances: NDArray[np.float64] = np.sqrt(nearest)
    return distances

"""A trained segmentation for image files: it gives masks of the size of each image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Picture

from pleura.data.augment import to_float
from pleura.data.bank import Fit, placing
from pleura.data.bank_file import Square
from pleura.data.readers import ReadError
from pleura.data.readers.decoded import Range
from pleura.deploy.card import SegmenterCard, naming, read_card
from pleura.deploy.decoding import read_in_batches
from pleura.deploy.in_a_line import in_a_line
from pleura.deploy.inputs import Image, Images, Seen, list_images, see
from pleura.deploy.predictor import PREDICTED_AT_ONCE
from pleura.deploy.weights import load_weights
from pleura.evaluate.overlap import IGNORED
from pleura.models.unet import UNet
from pleura.models.unet_nets import build_unet

Probabilities = NDArray[np.float32]


@dataclass(frozen=True)
class PredictedMask:
    """What a network makes of one image.

    `probabilities`: (structures + 1, size, size), background first, of the square that the network
    saw. `mirrored`: the same of the mirrored image, mirrored back. `width` and `height` are those
    of the upright image, in pixels.
    """

    probabilities: Probabilities
    mirrored: Probabilities
    width: int
    height: int
    fit: Fit

    def mask(self) -> Square:
        """The likeliest structure of each pixel of the whole image, (height, width) uint8.

        0 is background, i + 1 structure i, 255 what was cropped away, which the network never saw.
        """
        size = self.probabilities.shape[1]
        (left, top, right, bottom), inner = placing(self.width, self.height, size, self.fit)
        best = np.full((bottom - top, right - left), -1, np.float32)
        index = np.zeros(best.shape, np.uint8)
        for number, channel in enumerate(self.probabilities):
            image = Picture.fromarray(channel).resize(
                (right - left, bottom - top), Picture.Resampling.BILINEAR, inner
            )
            values = np.asarray(image)
            index[values > best] = number
            best = np.maximum(best, values)
        mask = np.full((self.height, self.width), IGNORED, np.uint8)
        mask[top:bottom, left:right] = index
        return mask


@dataclass(frozen=True)
class Segmenter:
    """A trained U-Net with all that is needed to use it on image files."""

    network: UNet
    card: dict[str, Any]

    def __repr__(self) -> str:
        return in_a_line(self, "structures")

    @property
    def structures(self) -> tuple[str, ...]:
        """What the numbers in a mask mean, from 1."""
        return tuple(self.card["structures"])

    def predict(self, images: Images, *, full_range: Range | None = None) -> list[Square]:
        """A mask (height, width) for each image, upright, as `PredictedMask.mask` has it.

        `images` and `full_range` as in `Model.predict`. Raises InputError for anything else than
        images, ReadError naming the first file that cannot be read.

        >>> import pleura
        >>> [mask] = pleura.load_segmenter("runs/lungs/best").predict(["a.png"])
        >>> mask.shape  # of the whole image, in pixels
        (48, 59)
        """
        masks = []
        for prediction in self.predictions(images, full_range=full_range):
            if isinstance(prediction, ReadError):
                raise prediction
            masks.append(prediction.mask())
        return masks

    def predictions(
        self, images: Images, *, full_range: Range | None = None
    ) -> Iterator[PredictedMask | ReadError]:
        """For each image, in order, what the network makes of it, or why it cannot be read."""

        def read(image: Image) -> Seen:
            return see(image, self.card, full_range)

        for items in read_in_batches(list_images(images), read, PREDICTED_AT_ONCE):
            squares = [item.square for item in items if not isinstance(item, ReadError)]
            given = zip(*self.probabilities(squares), strict=True)
            for item in items:
                if isinstance(item, ReadError):
                    yield item
                else:
                    size = item.width, item.height
                    yield PredictedMask(*next(given), *size, self.card["fit"])

    def probabilities(self, squares: Sequence[Square]) -> tuple[Probabilities, Probabilities]:
        """Probabilities of squares (size, size), and those of their mirror images, mirrored back.

        Both are (n, structures + 1, size, size).
        """
        k, size = len(self.structures) + 1, self.card["size"]
        parts = [np.zeros((2, 0, k, size, size), np.float32)]
        with torch.inference_mode():
            for start in range(0, len(squares), PREDICTED_AT_ONCE):
                shown = torch.from_numpy(np.stack(squares[start : start + PREDICTED_AT_ONCE]))
                images = to_float(shown)
                given = self.network(images).softmax(1)
                mirrored = self.network(images.flip(3)).softmax(1).flip(3)
                parts.append(torch.stack([given, mirrored]).numpy())
        both: Probabilities = np.concatenate(parts, axis=1)
        return both[0], both[1]


def load_segmenter(folder: str | Path) -> Segmenter:
    """Load the folder `best` of a study that segments.

    Raises InputError where the folder holds no model, only a part of one, or one that gives
    classes.

    >>> import pleura
    >>> pleura.load_segmenter("runs/lungs/best").structures
    ('lung',)
    """
    place = Path(folder)
    card = read_card(place, SegmenterCard)
    with naming(place):
        network = build_unet(card["network"], "random", len(card["structures"]), seed=0).network
    load_weights(place, card, network)
    network.eval()
    return Segmenter(network, card)

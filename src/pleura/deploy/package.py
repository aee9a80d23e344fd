"""The model that a study hands over: weights as safetensors, all else as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from pleura.data.augment import to_float
from pleura.data.readers.decoded import Range
from pleura.deploy.decoding import decode_for
from pleura.errors import InputError
from pleura.evaluate.calibration import CalibrationMap
from pleura.files import write_text
from pleura.models.lora import merge
from pleura.models.network import Network
from pleura.models.reverse import ReverseClassifier
from pleura.models.unet_nets import build_unet
from pleura.train.checkpoint import save_weights
from pleura.transfer.build import build_model

PREDICTED_AT_ONCE = 32


@dataclass(frozen=True)
class Model:
    """A trained classifier with what it takes to use it on files."""

    classifier: Network
    card: dict[str, Any]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the columns that `predict` returns."""
        return tuple(self.card["classes"])

    @property
    def calibration(self) -> CalibrationMap:
        """The map from logits to probabilities; plain softmax where the card holds none."""
        known = self.card.get("calibration")
        if not known:
            return CalibrationMap(1.0, (0.0,) * len(self.classes))
        return CalibrationMap(known["temperature"], tuple(known["biases"]))

    def predict(
        self, images: Sequence[str | Path], *, full_range: Range | None = None
    ) -> NDArray[np.float64]:
        """Probabilities (images, classes) for image files, decoded as in training and calibrated.

        They hold where classes are as frequent as `calibration` of the card says. `full_range`: the
        values that are black and white in images of more than 8 bits, where they are others than
        in training. Raises ReadError naming the first file that cannot be read.
        """
        parts = [np.zeros((0, len(self.classes)))]
        for start in range(0, len(images), PREDICTED_AT_ONCE):
            chosen = images[start : start + PREDICTED_AT_ONCE]
            pixels = np.stack([decode_for(self.card, image, full_range)[1] for image in chosen])
            with torch.inference_mode():
                logits = self.classifier(to_float(torch.from_numpy(pixels)))
            parts.append(self.calibration.probabilities(logits.numpy()))
        return np.concatenate(parts)


def save_model(folder: Path, network: Network, card: dict[str, Any]) -> None:
    """Write `model.safetensors` and, last, `model.json`."""
    save_weights(folder / "model.safetensors", network)
    write_text(folder / "model.json", json.dumps(card, indent=1))


def load_model(folder: str | Path) -> Model:
    """Load what `save_model` wrote. Raises InputError where the folder holds no model."""
    place = Path(folder)
    card = read_card(place)
    if card.get("task") == "segmentation":
        raise InputError(
            f"{place}: holds a segmentation, which gives masks, no classes; "
            "see pleura.load_segmenter and pleura masks"
        )
    classifier = _untrained(card)
    classifier.load_state_dict(load_file(place / "model.safetensors"))
    return Model(classifier.eval(), card)


def read_card(folder: Path) -> dict[str, Any]:
    """What `model.json` tells of a model. Raises InputError where the folder holds none."""
    try:
        return dict(json.loads((folder / "model.json").read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder}: holds no model; name a study's folder 'best', with model.json and "
            "model.safetensors"
        ) from error


def _untrained(card: dict[str, Any]) -> Network:
    """The network of a card, from random weights."""
    classes = len(card["classes"])
    if "network" in card:
        unet = build_unet(card["network"], "random", card["structures"], seed=0).network
        return ReverseClassifier(unet, card["head"], classes, seed=0)
    classifier = build_model({**card, "weights": "random"}, classes, seed=0).classifier
    merge(classifier)
    return classifier

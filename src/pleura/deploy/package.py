"""The model that a study hands over: weights as safetensors, all else as JSON."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pleura.averages import MIRRORED
from pleura.data.augment import to_float
from pleura.data.bank_file import Square
from pleura.data.readers.decoded import Range
from pleura.data.rule import SETS
from pleura.deploy.card import CURE, ClassifierCard, naming, read_card
from pleura.deploy.in_a_line import in_a_line
from pleura.deploy.inputs import Images, list_images, names_of
from pleura.deploy.likeness import Likeness, load_likeness, logits_and_features
from pleura.deploy.lung_crops import LungFinder, finder_of
from pleura.deploy.predictor import Asked, predictions
from pleura.deploy.weights import load_weights, weights_file
from pleura.errors import InputError
from pleura.evaluate.calibration_maps import AsItIs, CalibrationMap, OutputMap, map_of
from pleura.evaluate.prediction_sets import SetRule, rule_of
from pleura.evaluate.set_coverage import AnswerCoverage
from pleura.models.lora import merge
from pleura.models.pixel_nets import PixelNetwork
from pleura.models.reverse import AnyClassifier, ReverseClassifier
from pleura.models.unet_nets import build_unet
from pleura.tables import MEMBERS, THRESHOLDS
from pleura.transfer.build import build_model
from pleura.wording import first_few

NAMED = 5  # images, in a warning


UNKNOWN_LIKENESS = (
    "this model was saved without features of its training images, by an earlier version: images "
    "unlike them are not flagged. `pleura study run` on its study adds them"
)
LEFT_BEHIND = (
    "this model left its study without the features of its training images, by which one could "
    "find out who was among them: images unlike them are not flagged"
)


@dataclass(frozen=True)
class Assessed:
    """What a model makes of images.

    `probabilities` (n, classes) are calibrated. `distances` (n,) from the training images are in
    multiples of the limit: an image beyond 1 is unlike the training images, and its probabilities
    are not to be trusted. They are None where the model does not know its training images. `sets`
    says which answers cannot be ruled out at the coverage that the card promises: (n, classes), or
    of findings (n, findings, 2), whether it can be absent and whether it can be present; all of
    them of a clip, since nothing is promised for the mean of its frames; None where the study asked
    for none. `called` (n, findings) says which findings are called positive, at the
    thresholds of the card; None where classes exclude each other, of which the likeliest is called.
    """

    names: tuple[str, ...]
    probabilities: NDArray[np.float64]
    distances: NDArray[np.float64] | None
    sets: NDArray[np.bool_] | None = None
    called: NDArray[np.bool_] | None = None

    @property
    def unlike(self) -> NDArray[np.bool_] | None:
        """Which images (n,) are unlike the training images; None where that is not known."""
        return None if self.distances is None else self.distances > 1


@dataclass(frozen=True)
class Model:
    """A trained classifier, or a pixel baseline, with all that is needed to use it on images.

    `likeness` finds images that are unlike the training images; a model of an earlier version has
    none. Of an ensemble, `classifier` is the first member, by whose features that is judged, and
    `others` are all others. Where the card says `mirrored`, networks see mirror images, too.
    `finds` finds the lungs of an image for a model that sees images cropped to them.
    """

    classifier: AnyClassifier | PixelNetwork
    card: dict[str, Any]
    likeness: Likeness | None = None
    others: tuple[AnyClassifier | PixelNetwork, ...] = ()
    finds: LungFinder | None = None

    def __repr__(self) -> str:
        return in_a_line(self, "classes")

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the columns that `predict` returns."""
        return tuple(self.card["classes"])

    @property
    def calibration(self) -> OutputMap:
        """The map from logits to probabilities; plain softmax where the card holds none. A number
        that is predicted stays as it is."""
        fitted = self.card.get("calibration")
        if not fitted:
            return CalibrationMap(1.0, (0.0,) * len(self.classes))
        return map_of(fitted)

    @property
    def thresholds(self) -> NDArray[np.float64] | None:
        """The probabilities (findings,) from which on each finding is called positive; None where
        classes exclude each other, and of a model of an earlier version."""
        given = self.card.get(THRESHOLDS)
        return np.array(list(given.values())) if given else None

    @property
    def gives_a_number(self) -> bool:
        """Whether it gives a number, and no probabilities."""
        return isinstance(self.calibration, AsItIs)

    @property
    def why_not_flagged(self) -> str:
        """Why images unlike the training images are not flagged; empty where they are."""
        if self.likeness is not None:
            return ""
        return LEFT_BEHIND if self.card.get("exported") else UNKNOWN_LIKENESS

    @property
    def rule(self) -> SetRule | None:
        """What is in the prediction set of an image; None where the study asked for no sets."""
        return rule_of(self.card[SETS]) if SETS in self.card else None

    @property
    def on_test(self) -> dict[str, AnswerCoverage]:
        """What the study's test patients show of the prediction sets, by answer, such as "viral" or
        "effusion present"; nothing of a model of an earlier version."""
        its = self.card.get(SETS, {}).get("on_test", {})
        return {answer: AnswerCoverage(**each) for answer, each in its.items()}

    def predict(self, images: Images, *, full_range: Range | None = None) -> NDArray[np.float64]:
        """Probabilities (n, classes) of images, decoded as in training and calibrated.

        `images`: a file (str or Path), a gray array (h, w) or (n, h, w), or a list of files and
        arrays (h, w); one image gives one row, and so does a clip: the mean over the frames that
        the study saw of each clip. An array is read as a file of its depth would be:
        uint8 as it is, all else (uint16, int16, uint32, int32, floats) like an image of more than
        8 bits. `full_range`: the values that are black and white in images of more than 8 bits,
        where they are others than in training. Probabilities hold where classes are as frequent as
        `calibration` of the card says. Of a study of numbers: the numbers (n, 1), in the `unit` of
        the card.

        Warns of images that are unlike the training images, or that the model cannot tell (see
        `assess`). Raises InputError for anything else than images, ReadError naming the first file
        that cannot be read.

        >>> import pleura
        >>> pleura.load("runs/my_study/best").predict(["a.png", "b.png"]).shape
        (2, 2)
        """
        assessed = self.assess(images, full_range=full_range)
        unlike = assessed.unlike
        if unlike is None:
            warnings.warn(self.why_not_flagged, stacklevel=2)
        elif unlike.any():
            names = [name for name, strange in zip(assessed.names, unlike, strict=True) if strange]
            warnings.warn(
                "unlike the images the model was trained on; do not trust their probabilities: "
                f"{first_few(names, NAMED)}",
                stacklevel=2,
            )
        return assessed.probabilities

    def assess(self, images: Images, *, full_range: Range | None = None) -> Assessed:
        """What `predict` returns, with how far each image is from the training images.

        Takes and raises what `predict` does, without its warnings.

        >>> import pleura
        >>> assessed = pleura.load("runs/my_study/best").assess(["a.png", "b.png"])
        >>> assessed.names
        ('a.png', 'b.png')
        >>> assessed.distances.shape
        (2,)
        """
        listed = list_images(images)
        asked = [Asked(name, [image]) for name, image in zip(names_of(listed), listed, strict=True)]
        made = []
        for prediction in predictions(self, asked, full_range):
            if prediction.error is not None:
                raise prediction.error
            made.append(prediction)
        every = np.array([each.probabilities for each in made]).reshape(-1, len(self.classes))
        rule = self.rule
        sets = rule.by_image(every) if rule else None
        if sets is not None:
            sets[np.array([len(each.frames) for each in made], dtype=np.int64) > 1] = True
        return Assessed(
            tuple(each.name for each in made),
            every,
            None if self.likeness is None else np.array([each.distance for each in made]),
            sets,
            None if self.thresholds is None else every >= self.thresholds,
        )

    def answers(self, probabilities: NDArray[np.float64]) -> tuple[str, ...] | None:
        """What calibrated probabilities (classes,) say: the likeliest class, or the findings that
        are called positive; None of a number, and of findings without thresholds."""
        return self.calibration.answers(probabilities, self.classes, self.thresholds)

    def judge(self, squares: Sequence[Square]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probabilities (n, classes) and distances (n,) of squares (size, size) uint8; distances
        are nan where the model does not know its training images."""
        images = to_float(torch.from_numpy(np.stack(squares)))
        views = (images, images.flip(-1)) if self.card.get(MIRRORED) else (images,)
        logits, features = logits_and_features(self.classifier, images)
        distances = (
            np.full(len(squares), np.nan)
            if self.likeness is None
            else self.likeness.distances(features)
        )
        networks = (self.classifier, *self.others)
        others = [
            logits_and_features(network, view)[0]
            for network, view in list(product(networks, views))[1:]
        ]
        read = self.calibration
        together = read.mean([logits, *others]) if others else logits
        return read.probabilities(together), distances


def load_model(folder: str | Path) -> Model:
    """Load what `deploy.weights.save_model` wrote, of earlier versions too.

    Raises InputError where the folder holds no model, or only a part of one.

    >>> import pleura
    >>> model = pleura.load("runs/my_study/best")
    >>> model.classes
    ('normal', 'lobar')
    """
    place = Path(folder)
    card = read_card(place, ClassifierCard)
    classifier = _untrained(place, card)
    load_weights(place, card, classifier)
    others = []
    members = card.get(MEMBERS) or ()
    if len(members) != len(list(place.glob(weights_file("*")))):
        raise InputError(
            f"{place}: model.json lists other members of an ensemble than there are files; {CURE}"
        )
    for number, built in enumerate(members, start=2):
        other = _untrained(place, {**card, **built})
        load_weights(place, built, other, weights_file(number))
        others.append(other.eval())
    finds = finder_of(place, card)
    return Model(classifier.eval(), card, load_likeness(place, card), tuple(others), finds)


def _untrained(folder: Path, card: Mapping[str, Any]) -> AnyClassifier | PixelNetwork:
    """The network that a card in `folder` describes, with random weights. Raises InputError for a
    network, strategy or option that this version does not know."""
    classes = len(card["classes"])
    if card.get("pixels"):
        return PixelNetwork(n_classes=classes, **card["pixels"])
    with naming(folder):
        if card.get("network"):
            unet = build_unet(card["network"], "random", card["structures"], seed=0).network
            return ReverseClassifier(unet, card["head"], classes, seed=0)
        classifier = build_model({**card, "weights": "random"}, classes, seed=0).classifier
    merge(classifier)
    return classifier

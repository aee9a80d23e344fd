"""Heat maps of single images by a model that was handed over: a PNG for each image or clip."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from pleura.averages import MIRRORED
from pleura.data.augment import to_float
from pleura.data.bank_file import Square
from pleura.data.readers.decoded import Range
from pleura.deploy.inputs import see
from pleura.deploy.package import Model
from pleura.deploy.predictor import Frame, Prediction
from pleura.errors import InputError, nearest
from pleura.evaluate.heatmap_sizes import LEAST
from pleura.evaluate.heatmaps import explaining_cut, grids, hires_cam, on_grid
from pleura.evaluate.overlay import coloured
from pleura.files import digest_of, write_atomically
from pleura.models.pixel_nets import PixelNetwork
from pleura.models.reverse import AnyClassifier

SIDE = 448  # of an image in a picture, pixels
LINE = 28  # above the images, for what they show
MOST = 8  # frames of a clip in its picture, evenly spread
LETTERS = 60  # of the name of an image in that of its picture

Maps = NDArray[np.float32]


@dataclass(frozen=True)
class Explainer:
    """Draws where a model looks.

    The maps are HiRes-CAM (see `pleura.evaluate.heatmaps.hires_cam`) at the deepest cut with at
    least 14 x 14 positions, the mean over the members of an ensemble and, where the model sees
    mirror images, over these, each as bright as its
    greatest value allows: the colours of two images cannot be compared. `class_` is the class or
    finding that is explained; where it is None, the likeliest class, or the likeliest finding.
    """

    model: Model
    class_: str | None = None

    def __post_init__(self) -> None:
        """Raise InputError where the model has no heat maps, or no such class."""
        if self.model.gives_a_number:
            raise InputError(
                "a model of a number has no heat maps: they show what speaks for one class and not "
                "another"
            )
        if isinstance(self.model.classifier, PixelNetwork):
            raise InputError(
                "a pixel baseline has no heat maps: what it goes by are single pixels of 32 x 32"
            )
        if self.class_ is not None and self.class_ not in self.model.classes:
            raise InputError(
                f"the model has no class {self.class_!r}{nearest(self.class_, self.model.classes)}"
            )
        size = self.model.card["size"]
        sides = grids(self.model.classifier, size).values()
        if max(sides) < LEAST:
            raise InputError(
                f"no map of this network has {LEAST} x {LEAST} positions for images of {size} "
                "pixels, and a coarser one tells no place in a lung"
            )

    @cached_property
    def _cuts(self) -> list[tuple[AnyClassifier, str]]:
        """Each network, and the cut whose maps are drawn. Finding it takes a pass."""
        networks = (self.model.classifier, *self.model.others)
        return [
            (network, explaining_cut(network, self.model.card["size"]))
            for network in networks
            if not isinstance(network, PixelNetwork)  # refused before
        ]

    def explained(self, prediction: Prediction) -> str:
        """The class or finding whose maps are drawn."""
        likeliest: str = self.model.classes[int(np.argmax(prediction.probabilities))]
        return self.class_ or likeliest

    def maps(self, squares: NDArray[np.uint8], class_: str) -> Maps:
        """Maps (n, y, x) from 0 to 1 of squares (n, size, size) for one class."""
        images = to_float(torch.from_numpy(squares))
        of = torch.full((len(squares),), self.model.classes.index(class_))
        every = []
        for network, cut in self._cuts:
            every.append(hires_cam(network, images, of, cut=cut))
            if self.model.card.get(MIRRORED):
                every.append(hires_cam(network, images.flip(-1), of, cut=cut).flip(-1))
        brought = [_to_one(on_grid(maps).numpy()) for maps in every]
        return _to_one(np.mean(brought, axis=0, dtype=np.float32))

    def explain(
        self, prediction: Prediction, full_range: Range | None = None, class_: str | None = None
    ) -> "Explanation":
        """Where the model looks in the frames of a prediction, at most 8 of them, evenly spread.

        `class_`: what is explained in the place of what the explainer always explains.
        """
        frames = shown_frames(prediction)
        class_ = class_ or self.explained(prediction)
        return Explanation(
            class_,
            float(prediction.probabilities[self.model.classes.index(class_)]),
            frames,
            [sharp(self.model, frame, full_range) for frame in frames],
            self.maps(np.stack([frame.square for frame in frames]), class_),
        )

    def draw(self, prediction: Prediction, folder: Path, full_range: Range | None = None) -> str:
        """Write the picture of a prediction into `folder` and return the name of its file; see
        `Explanation.picture`."""
        picture = self.explain(prediction, full_range).picture()
        name = file_name(prediction)
        with write_atomically(folder / name) as temporary:
            picture.save(temporary)
        return name


@dataclass(frozen=True)
class Explanation:
    """Where a model looks in `frames` of a prediction: what is explained (`class_`), which has the
    `probability` in the prediction as a whole; the frames as the model saw them, but sharper
    (`images`, squares of 448 pixels); and a map (y, x), 0 to 1, of each."""

    class_: str
    probability: float
    frames: list[Frame]
    images: list[Square]
    maps: Maps

    def picture(self) -> Picture.Image:
        """A row for each frame: the image, and the image under its map."""
        title = f"what speaks for {self.class_} (probability {self.probability:.2f})"
        return _picture(self.images, self.maps, title)


def shown_frames(prediction: Prediction) -> list[Frame]:
    """The frames of a prediction that pictures show: at most 8 of them, evenly spread."""
    at = np.linspace(0, len(prediction.frames) - 1, min(MOST, len(prediction.frames)))
    return [prediction.frames[int(number)] for number in at.round()]


def sharp(model: Model, frame: Frame, full_range: Range | None = None) -> Square:
    """The square of a frame as the network saw it, but with more pixels. Raises as `see` does."""
    card: dict[str, Any] = {**model.card, "size": SIDE}
    return see(frame.image, card, full_range, model.finds)[0]


def layer(values: NDArray[np.float32], side: int = SIDE) -> NDArray[np.uint8]:
    """A map (y, x), 0 to 1, as it lies on an image: colours with opacity, (side, side, 4)."""
    larger = Picture.fromarray(values).resize((side, side), Picture.Resampling.BILINEAR)
    return coloured(np.asarray(larger))


def file_name(prediction: Prediction, suffix: str = ".png") -> str:
    """The name of a prediction's picture: that of its image, and letters that tell it from others
    of the same name."""
    stem = re.sub(r"[^\w.-]+", "_", Path(prediction.name).name)[:LETTERS].strip("._") or "image"
    images = [
        frame.square.tobytes().hex() if isinstance(frame.image, np.ndarray) else str(frame.image)
        for frame in prediction.frames
    ]
    return f"{stem}-{digest_of([prediction.name, images])[:8]}{suffix}"


def _picture(images: list[Square], maps: Maps, title: str) -> Picture.Image:
    picture = Picture.new("RGB", (2 * SIDE, LINE + SIDE * len(images)), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=16)
    draw.text((4, 5), "image", fill="black", font=font)
    draw.text((SIDE + 4, 5), title, fill="black", font=font)
    for row, (image, values) in enumerate(zip(images, maps, strict=True)):
        top = LINE + SIDE * row
        plain = Picture.fromarray(image).convert("RGB")
        picture.paste(plain, (0, top))
        colours = Picture.fromarray(layer(values), "RGBA")
        picture.paste(plain, (SIDE, top))
        picture.paste(colours, (SIDE, top), colours)
    return picture


def _to_one(maps: Maps) -> Maps:
    """Maps (n, y, x) >= 0, each divided by its greatest value."""
    most = maps.max(axis=(1, 2), keepdims=True)
    return np.asarray(np.divide(maps, most, out=np.zeros_like(maps), where=most > 0))

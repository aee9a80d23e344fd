"""The card of a model, `model.json`: what is read of it, and of what kind each field must be.

In a folder that was exported for a hub it is called `config.json`. A card that was edited by hand,
or is of another version, is so told by its fields, before a network is built.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from pleura.data.clips.settings import Frames
from pleura.data.rule import SETS
from pleura.errors import InputError
from pleura.problems import problems_of
from pleura.tables import THRESHOLDS
from pleura.tasks.listed import CLASSIFICATION, TASKS

VERSION = 1  # of cards; one that names none is of version 1
FILE = "model.json"
EXPORTED = "config.json"  # what `deploy.hub` calls it
CURE = "copy the model's folder as a whole, or write it again with `pleura study run` on its study"

Positive = Annotated[float, Field(gt=0)]
Named = str | dict[str, Any]  # a name, or {name: options}
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]


class Part(BaseModel):
    """A part of a card, which may tell more than is read."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class Calibration(Part):
    """The map from logits to probabilities; see `pleura.evaluate.calibration_maps.map_of`."""

    unit: str | None = None
    temperature: Positive | list[Positive] | None = None
    biases: list[float] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Calibration":
        if self.unit is None and (self.temperature is None or self.biases is None):
            raise ValueError("takes temperature and biases, or of numbers their unit")
        return self


class OnTest(Part):
    """How often sets hold an answer; see `pleura.evaluate.set_coverage.AnswerCoverage`."""

    model_config = ConfigDict(extra="forbid")
    covered: float
    low: float
    high: float
    expected_low: float
    expected_high: float


class SavedSets(Part):
    """The rule of prediction sets; see `pleura.evaluate.prediction_sets.rule_of`."""

    coverage: float = Field(gt=0, lt=1)
    several: bool
    thresholds: list[list[float | None]]
    patients: list[list[int]]
    ordered: bool = False
    on_test: dict[str, OnTest] = {}


class Likeness(Part):
    """Which images are like the training images; see `pleura.deploy.likeness`."""

    key: str
    limit: Positive
    rate: float
    validation_images: int


class Exported(Part):
    """What was left behind where a model left its study; see `pleura.deploy.hub`."""

    likeness: bool = True


class Usual(Part):
    """What masks of a structure are like; see `pleura.deploy.mask_quality.Usual`."""

    model_config = ConfigDict(extra="forbid")
    pieces: int = Field(ge=0)
    images: int
    ranges: dict[str, Pair]

    @model_validator(mode="after")
    def _has_area(self) -> "Usual":
        if "area" not in self.ranges:
            raise ValueError("ranges: lack the usual area")
        return self


class Cropped(Part):
    """How images are cropped to their lungs; see `pleura.data.shortcut_settings.LungCrop`."""

    margin: float = Field(ge=0)
    alone: bool
    weights_sha256: str
    card_sha256: str


class Forest(Part):
    """The sizes of a forest; see `pleura.models.pixel_nets.Trees`."""

    model_config = ConfigDict(extra="forbid")
    trees: int = Field(ge=1)
    nodes: int = Field(ge=1)
    depth: int = Field(ge=0)
    outputs: int = Field(ge=1)


class Pixels(Part):
    """How a pixel baseline is built; see `pleura.models.pixel_nets.PixelNetwork`."""

    model_config = ConfigDict(extra="forbid")
    reading: Literal["classes", "findings", "number", "linear", "distances"]
    forests: list[Forest] = []


class Member(Part):
    """How a network is built, and the digest of its weights."""

    backbone: str = ""
    strategy: Named = ""
    network: Named = ""
    head: str = ""
    weights_sha256: str | None = None


class Card(Member):
    """What the cards of all models tell; `other` says of a model of the other kind what it is.

    labelled: of which tasks they are models, those that learn labels or those that learn masks.
    """

    other: ClassVar[str]
    labelled: ClassVar[bool]
    size: int = Field(ge=1)
    fit: Literal["crop", "pad"]
    full_range: Pair | Literal["bits"] | None = None
    reduced: bool = True
    frames: Frames | None = None
    exported: Exported | None = None

    @model_validator(mode="after")
    def _black_and_white(self) -> "Card":
        if isinstance(self.full_range, list) and self.full_range[0] >= self.full_range[1]:
            raise ValueError("full_range: takes the value of black, then the larger one of white")
        return self


class ClassifierCard(Card):
    """What the card of a model tells that gives a number for each class, or one number."""

    other = (
        "holds a segmentation, which gives masks, no classes; see pleura.load_segmenter and pleura "
        "masks"
    )
    labelled = True
    task: str | None = None
    classes: list[str] = Field(min_length=1)
    structures: int = Field(0, ge=0)
    calibration: Calibration | None = None
    likeness: Likeness | None = None
    sets: SavedSets | None = None
    thresholds: dict[str, float] | None = None
    members: list[Member] | None = None
    mirrored: bool = False
    pixels: Pixels | None = None
    lungs: Cropped | None = None

    @field_validator("sets", "lungs")
    @classmethod
    def _not_empty(cls, given: Any, info: ValidationInfo) -> Any:
        if given is None:
            what = {"sets": "the rule of prediction sets", "lungs": "how images are cropped"}
            raise ValueError(
                f"is empty; put {what[str(info.field_name)]} back, or take the field out"
            )
        return given

    @model_validator(mode="after")
    def _buildable(self) -> "ClassifierCard":
        if self.pixels:
            return self
        needed = ("structures", "head") if self.network else ("backbone", "strategy")
        if lacking := [name for name in needed if not getattr(self, name)]:
            raise ValueError(f"{' and '.join(lacking)}: missing, and the network is made of it")
        return self

    @model_validator(mode="after")
    def _fitting(self) -> "ClassifierCard":
        its, k = self.calibration, len(self.classes)
        if its is None and self.task is not None:
            raise ValueError("calibration: is missing, and no probability is known without it")
        several = its is not None and isinstance(its.temperature, list)
        fitted = (its.temperature, its.biases) if its and its.unit is None else ()
        if any(isinstance(each, list) and len(each) != k for each in fitted):
            raise ValueError(f"calibration: takes as many numbers as there are classes, {k}")
        if self.sets:
            shape = [2] * k if several else [k]
            for name in ("thresholds", "patients"):
                if [len(row) for row in getattr(self.sets, name)] != shape:
                    raise ValueError(f"{SETS}.{name}: do not fit the {k} classes")
            if self.sets.several != several:
                raise ValueError(f"{SETS}.several: does not fit calibration.temperature")
        if self.thresholds is not None:
            within = all(0 <= each <= 1 for each in self.thresholds.values())
            if list(self.thresholds) != self.classes or not within:
                raise ValueError(f"{THRESHOLDS}: takes a probability of each finding, in order")
        return self


class SegmenterCard(Card):
    """What the card of a model tells that gives masks."""

    other = "holds a classifier, which gives no masks; see pleura predict and pleura.load"
    labelled = False
    network: Named
    structures: list[str] = Field(min_length=1)
    usual: dict[str, Usual] = {}


def card_file(folder: Path) -> Path:
    """The card in a folder: `model.json`, or else `config.json` of a folder that was exported."""
    exported = folder / EXPORTED
    return exported if exported.is_file() and not (folder / FILE).is_file() else folder / FILE


def read_card(folder: Path, kind: type[Card]) -> dict[str, Any]:
    """What its card tells of a model of one `kind`.

    Raises InputError where the folder holds none or one of the other kind, and for a card of a
    newer version or with fields that do not fit, each by its name.
    """
    path = card_file(folder)
    try:
        card = dict(json.loads(path.read_text(encoding="utf-8")))
        if not {"size", "fit"} & card.keys():
            raise ValueError("names neither size nor fit of the images")
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{folder}: holds no model; name a study's folder 'best', with {FILE} and "
            "model.safetensors",
            [f"{path.name}: {error}"] if path.is_file() else [],
        ) from error
    version = card.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        raise InputError(
            f"{path}: written by a newer version of pleura (version {version} of cards, and this "
            f"one reads up to {VERSION}); update pleura"
        )
    if TASKS.get(str(card.get("task")), CLASSIFICATION).labelled != kind.labelled:
        raise InputError(f"{folder}: {kind.other}")
    try:
        kind.model_validate(card)
    except ValidationError as error:
        raise InputError(
            f"{path}: fields that do not fit; {CURE}", problems_of(error, kind)
        ) from error
    return card


@contextmanager
def naming(folder: Path) -> Iterator[None]:
    """Name the card in `folder` where its network cannot be built. Raises InputError."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{card_file(folder)}: {error.heading}; {CURE}", error.problems) from error


def gives_masks(folder: Path) -> bool:
    """Whether the model in `folder` gives masks. What is wrong with its card, `read_card` tells."""
    try:
        card = json.loads(card_file(folder).read_text(encoding="utf-8"))
        return not TASKS.get(str(card.get("task")), CLASSIFICATION).labelled
    except (OSError, ValueError, AttributeError):
        return False

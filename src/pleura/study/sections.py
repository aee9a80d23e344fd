"""What the study files of every task share: names, data, split, recipes, tuning."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from pleura.data.clips.settings import Frames
from pleura.data.rule import none_twice
from pleura.data.shortcut_settings import LungCrop
from pleura.data.sources.places import terms_of
from pleura.errors import nearest
from pleura.options import UNSAID, InTable, SaysWhatIsOn, TableName
from pleura.study.paths import PlacedPath, PlacedTable
from pleura.study.section import Section
from pleura.study.simulated_sections import Simulated
from pleura.train.settings import FitSettings
from pleura.transfer.listed import STRATEGIES
from pleura.transfer.truncation import Truncation

if TYPE_CHECKING:
    from pleura.data.manifest import Manifest
    from pleura.data.readers.decoded import FullRange

Name = Annotated[str, Field(min_length=1, max_length=80)]
STARTS = ("random", "imagenet")
SIMULATED = "simulated by pleura"
Named = str | dict[str, Any]
"""A name, or `{name: {option: value}}`."""

if TYPE_CHECKING:

    class NetworkTraining(FitSettings):
        """What `training` has in files of all tasks; `precision` stands last in each."""

        precision: Literal["auto", "fp32", "bf16"]
else:
    NetworkTraining = FitSettings


# The pixel baselines have six values of their knobs to try.
Grid = Annotated[
    list[Annotated[float, Field(gt=0)]],
    Field(min_length=1, max_length=6),
    AfterValidator(none_twice),
]


class LungMasks(SaysWhatIsOn, Section):
    """Where the lungs are in the images: `given` by their column `lung_mask`, or segmented by a
    masker that is there, or that another study trains first; and whether images are cropped to
    them."""

    masker: PlacedPath | None = Field(
        None, description="folder of a model that segments lungs, such as runs/lung_masks/best"
    )
    study: PlacedPath | None = Field(
        None, description="file of the study that trains the masker, such as lung_masks.yaml"
    )
    quick: bool = Field(False, description="that study's quick variant, as with --quick")
    crop: Annotated[float | None, UNSAID] = Field(
        None,
        ge=0,
        le=0.5,
        description="crop all images to their lungs, with this margin on each side, a share of the "
        "box around the lungs, such as 0.05",
    )
    alone: Annotated[bool | None, UNSAID] = Field(
        None, description="of cropped images: true hides everything outside of the lungs"
    )

    @property
    def cropping(self) -> LungCrop | None:
        """How images are cropped to their lungs; None where they stay whole."""
        return None if self.crop is None else LungCrop(self.crop, bool(self.alone))

    @model_validator(mode="after")
    def _cropped(self) -> "LungMasks":
        if self.alone is not None and self.crop is None:
            raise ValueError("alone: goes with crop; write crop: 0.05, alone: true")
        if self.crop is not None and self.masker is None and self.study is None:
            raise ValueError(
                "crop: needs masker or study: a model that has learned from cropped images must "
                "find the lungs of other images, too, and those that are given end with the table"
            )
        return self

    @model_validator(mode="after")
    def _one_masker(self) -> "LungMasks":
        if self.masker is not None and self.study is not None:
            raise ValueError("give either masker (a model) or study (which trains one)")
        if self.quick and self.study is None:
            raise ValueError("quick: goes with study only")
        return self


class Data(Section):
    """Which images, how they are named, and the size at which they are decoded."""

    manifest: PlacedTable | None = Field(
        description="a CSV file, a folder of class folders, an .npz archive, or public:NAME"
    )
    simulated: Simulated | None = Field(
        None, discriminator="kind", description="instead of manifest: a set that pleura makes"
    )
    columns: dict[str, str] = Field({}, description="our column name: the file's")
    where: dict[InTable, str | list[str]] = Field({}, description="column: pattern or patterns")
    classes: list[TableName] | None = Field(None, min_length=2, description="labels to keep")
    patients: int | None = Field(
        None, ge=2, description="at most so many of each label, source and part, for a quick try"
    )
    labels: dict[TableName, list[str]] = Field(
        {}, description="labels that count as one: {new: [old]}"
    )
    size: int = Field(224, ge=16, le=2048, description="side of the square images, pixels")
    fit: Literal["crop", "pad"] = "crop"
    full_range: tuple[float, float] | Literal["bits"] | None = Field(
        None,
        description="stored values that are black and white in images of more than 8 bits, or "
        "bits: all that each file's bits hold",
    )
    frames: Frames | None = Field(
        None, description="of each clip: {number: 8} spread evenly, or {per_second: 2}"
    )
    image_is_patient: bool = False
    same_image: Literal["refuse", "merge"] = "refuse"
    same_name: Literal["refuse", "merge", "as_written"] = Field(
        "refuse", description="patients, videos, sources, labels that differ in spelling only"
    )
    source: str = ""
    licence: str = ""

    @model_validator(mode="before")
    @classmethod
    def _made_instead(cls, content: Any) -> Any:
        """Where a set is simulated nobody has to say that there is no manifest, and whose it is;
        nor whose that of a public source is."""
        if not isinstance(content, Mapping):
            return content
        if content.get("simulated") is not None:
            return {"manifest": None, "source": SIMULATED, **content}
        return {**terms_of(content.get("manifest")), **content}

    @model_validator(mode="after")
    def _from_one_place(self) -> "Data":
        if (self.manifest is None) == (self.simulated is None):
            raise ValueError(
                "give either manifest (a file) or simulated (a set that pleura makes); "
                "null takes one away: --set data.simulated=null"
            )
        return self

    @property
    def labels_read(self) -> list[str] | None:
        """The labels of the file that the classes stand for; None for all there are."""
        if self.classes is None:
            return None
        return [old for name in self.classes for old in self.labels.get(name, [name])]

    @property
    def label_columns(self) -> tuple[str, ...]:
        """Columns that say what an image is of, where the column `label` does not."""
        return ()

    @property
    def one_label(self) -> bool:
        """Whether an image has one label, in the column `label`."""
        return True

    def labelled(self, manifest: "Manifest") -> "Manifest":
        """The manifest with what is learned of each image in its labels."""
        return manifest

    @field_validator("full_range")
    @classmethod
    def _black_first(cls, given: "FullRange | None") -> "FullRange | None":
        if isinstance(given, tuple) and given[0] >= given[1]:
            raise ValueError("black comes first and is the smaller value, such as [0, 4095]")
        return given


class Search(Section):
    """A curriculum that is searched: which steps, in which order.

    Each of `among` is trained for `epochs` from the recipe's weights, and a linear probe judges it
    on validation. The one whose probe is weakest goes first, the best last, next to the target. In
    this order each is trained in full and kept only if the probe gains by it.
    """

    among: list[Name] = Field([], description="names of steps; all that there are where none")
    epochs: int = Field(3, ge=1, description="of the short training of each")


class Sets(Section):
    """Prediction sets: what of an image cannot be ruled out at a stated coverage, by patients who
    neither train, validate nor test."""

    coverage: float = Field(
        0.9,
        ge=0.5,
        lt=1,
        description="how often a set shall hold the true class",
    )
    patients: float = Field(
        0.2, gt=0, le=0.5, description="share of the patients that do not test, kept for this alone"
    )


class Ensembles(Section):
    """The trainings of each recipe, one a seed, averaged."""

    hand_over: bool = Field(False, description="true: the model handed over is an ensemble")
    calibration: float | None = Field(
        None,
        gt=0,
        le=0.5,
        description="share of the patients that do not test, kept to calibrate ensembles",
    )


class MirrorImages(Section):
    """What networks say of images and of their mirror images, averaged."""

    hand_over: bool = Field(False, description="true: the model handed over sees both")


class RecipeBase(Section):
    """What the recipes of every task have."""

    if TYPE_CHECKING:
        # Fields of the recipes of each task, at their places among its keys.
        @property
        def network(self) -> Named | None:
            """The U-Net that is trained; None for a backbone."""

        @property
        def freeze(self) -> Named:
            """The freezing plan of a U-Net."""

    weights: str = Field(
        "random",
        description="random, imagenet, a name of `pleura list weights` (or NAME@FILE), a file, or "
        "the name of one of the steps",
    )
    rates: Grid | None = None
    missing_weights: Literal["refuse", "random"] = Field(
        "refuse", description="random: where a download fails, run from random weights, not ranked"
    )
    ranked: bool = Field(True, description="false: run and shown, but compared with nothing")

    @property
    def backbone_name(self) -> str:
        """The backbone that is trained or probed; empty for a U-Net."""
        return ""

    @property
    def strategy_name(self) -> str:
        """The strategy without its options; empty for a U-Net, which has none."""
        return ""

    @property
    def search(self) -> Search | None:
        """How a curriculum of self-supervised steps is searched; None where none is."""
        return None

    @property
    def depth_search(self) -> Truncation | None:
        """The search for the depth of a backbone; None where none is wanted."""
        return None

    @property
    def pooled_maps(self) -> list[str]:
        """What of a U-Net is pooled, one after another, where it becomes a classifier."""
        return []

    def curriculum_of(self, steps: Mapping[str, Any]) -> list[str]:
        """Which of the study's self-supervised `steps` come before, in their order, or those that a
        search has to order."""
        return []


class Tune(SaysWhatIsOn, Section):
    """Values tried on validation: the same number for every recipe."""

    rates: Grid = Field([5e-4, 1.5e-3, 5e-3])
    by_strategy: Annotated[dict[str, Grid] | None, UNSAID] = Field(
        None, description="rates of the recipes with a strategy, such as {lora: [1e-3, 3e-3, 1e-2]}"
    )

    @model_validator(mode="after")
    def _strategies(self) -> "Tune":
        for name in self.by_strategy or {}:
            if name not in STRATEGIES:
                raise ValueError(f"by_strategy: no strategy '{name}'{nearest(name, STRATEGIES)}")
        return self

    def tried(self) -> Mapping[str, Sequence[float]]:
        """What is tried, by key; `StudyBase` sees to it that it is equally much."""
        return {"rates": self.rates}

"""What keeps a network from learning shortcuts, as a study file says it. It imports no torch, so
that a study file is checked at once."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from pleura.options import Options

CROP = "lungs"  # the field of a model's card that says how its images are cropped
Untouched = Annotated[
    float,
    Field(ge=0.05, lt=1, description="share of the images that stay as they are judged"),
]


class Countermeasure(Options):
    """Something that a training does against shortcuts."""

    @property
    def said(self) -> str:
        """What it does, in the words of plans and reports."""
        raise NotImplementedError


class HideFrame(Countermeasure):
    """Frames around training images are hidden, or those of other training images.

    Along each edge a width is drawn by itself. What is hidden shows the mean training image; what
    is swapped shows the same place of another image of the batch, whatever its label.
    """

    untouched: Untouched = 0.2
    swapped: float = Field(
        0.5, ge=0, le=1, description="of the frames that change, the share that others replace"
    )
    narrowest: float = Field(0.1, ge=0, le=0.4, description="least width, share of the side")
    widest: float = Field(0.2, gt=0, le=0.4, description="greatest width, share of the side")

    @model_validator(mode="after")
    def _in_order(self) -> "HideFrame":
        if self.narrowest > self.widest:
            raise ValueError("narrowest must not be above widest")
        return self

    @property
    def said(self) -> str:
        changed = 1 - self.untouched
        return (
            f"frames of {self.narrowest:.0%} to {self.widest:.0%} of the side are hidden in "
            f"{changed * (1 - self.swapped):.0%} of the training images, and those of other "
            f"training images in {changed * self.swapped:.0%}"
        )


class SwapBackground(Countermeasure):
    """What lies outside of the lungs is taken from another training image of the batch."""

    untouched: Untouched = 0.3

    @property
    def said(self) -> str:
        return (
            "what lies outside of the lungs is taken from another training image in "
            f"{1 - self.untouched:.0%} of those whose lungs are known"
        )


class OfGroups(Countermeasure):
    """Looks at groups of training images: sources, or with `classes` the classes in each source."""

    classes: ClassVar[bool] = False

    @property
    def groups(self) -> str:
        """What the groups are called."""
        return "classes of each source" if self.classes else "sources"


class GroupSampling(OfGroups):
    """Batches have as many images of each group."""

    @property
    def said(self) -> str:
        return f"batches have as many images of all {self.groups}"


class ClassSampling(GroupSampling):
    """Batches have as many images of each class of each source."""

    classes = True


class GroupDRO(OfGroups):
    """The loss of the groups that do worst counts most (Sagawa et al. 2020)."""

    step: float = Field(0.01, gt=0, le=1, description="how fast the weights of groups move")
    adjustment: float = Field(
        0.0, ge=0, description="added to a group's loss, divided by the root of its size"
    )
    sampled: bool = Field(True, description="batches have as many images of each group")

    @property
    def said(self) -> str:
        drawn = f", of which batches have as many images of all {self.groups}" * self.sampled
        return (
            f"group DRO (Sagawa et al. 2020) over {self.groups} with steps of {self.step:g}{drawn}"
        )


class ClassDRO(GroupDRO):
    """The same over the classes of each source."""

    classes = True


@dataclass(frozen=True)
class LungCrop:
    """How images are cropped: `margin` around the lungs on each side, as a share of their box; with
    `alone` the lungs themselves are all that is seen."""

    margin: float
    alone: bool = False

    @property
    def said(self) -> str:
        """What happens to images, in the words of plans and reports."""
        hidden = ", and everything outside of the lungs is hidden" * self.alone
        return (
            f"cropped to the box around their lungs, with a margin of {self.margin:.0%} of the box "
            f"on each side{hidden}"
        )

    def shows_lung_within(self, width: float) -> bool:
        """Whether lung lies within a `width`, a share of the side, of an edge of what is seen."""
        return width > self.margin / (1 + 2 * self.margin)

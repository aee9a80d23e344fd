"""How whole networks train on labelled images or masks, beside what every training has."""

from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field, field_validator

from pleura.options import UNSAID
from pleura.study.sections import NetworkTraining

Side = Annotated[int, Field(ge=16)]


class ImageTraining(NetworkTraining):
    """Options of trainings that see images; a head on frozen features, which sees none, has no
    part in them."""

    stochastic_depth: Annotated[float | None, UNSAID] = Field(
        None,
        gt=0,
        lt=1,
        description="how often the last residual branch is left out in training, such as 0.1; "
        "earlier ones less",
    )

    sizes: Annotated[list[Side] | None, UNSAID] = Field(
        None,
        min_length=1,
        description="sides of the images at which training starts, pixels, smallest first, such as "
        "[64]; it ends at data.size",
    )

    @field_validator("sizes")
    @classmethod
    def _growing(cls, sizes: list[int] | None) -> list[int] | None:
        if sizes and any(first >= then for first, then in pairwise(sizes)):
            raise ValueError("smallest first, and none twice, such as [48, 64]")
        return sizes

    def refuse_sizes_from(self, full: int) -> None:
        """Raise ValueError where images of a training would not grow up to their `full` side."""
        if self.sizes and self.sizes[-1] >= full:
            raise ValueError(
                f"training.sizes: {self.sizes[-1]} is not below data.size ({full}), at which "
                "training ends; name smaller ones"
            )

    def beside(self) -> dict[str, Any]:
        """What the spec of a training says of them: nothing where they are off."""
        own = set(ImageTraining.model_fields) - set(NetworkTraining.model_fields)
        return self.model_dump(mode="json", include=own)

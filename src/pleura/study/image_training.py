"""How whole networks train on labelled images or masks, beside what every training has."""

from typing import Annotated, Any

from pydantic import Field

from pleura.options import UNSAID
from pleura.study.sections import NetworkTraining


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

    def beside(self) -> dict[str, Any]:
        """What the spec of a training says of them: nothing where they are off."""
        own = set(ImageTraining.model_fields) - set(NetworkTraining.model_fields)
        return self.model_dump(mode="json", include=own)

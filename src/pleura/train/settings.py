"""How a fit goes: its settings, its epochs, its learning rate at each step. It imports no torch, so
that a study file is checked at once."""

import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from pleura.options import UNSAID, SaysWhatIsOn
from pleura.train.phase import Phase


class FitSettings(SaysWhatIsOn):
    """How a phase of training goes: AdamW, linear warm-up, cosine to zero, early stopping."""

    epochs: int = Field(8, ge=1, description="passes over the training images")
    min_steps: int = Field(300, ge=1, description="more epochs are made where these would be fewer")
    batch_size: int = Field(32, ge=2, description="images")
    weight_decay: float = Field(0.05, ge=0)
    warmup: float = Field(0.1, ge=0, lt=1, description="share of the steps")
    patience: float = Field(0.4, gt=0, le=1, description="share of the epochs without a gain")
    batchnorm_images: int = Field(
        256,
        ge=0,
        description="training images that give BatchNorm its statistics; 0: moving averages",
    )
    gradient_clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    ema: Annotated[float | None, UNSAID] = Field(
        None,
        gt=0,
        lt=1,
        description="share of itself that an average of the weights keeps at each step, such as "
        "0.99; the network is judged and kept with this average",
    )

    @field_validator("batchnorm_images")
    @classmethod
    def _no_single_image(cls, images: int) -> int:
        if images == 1:
            raise ValueError("one image has no variance: give two or more, or 0")
        return images

    @model_validator(mode="after")
    def _statistics_of_the_average(self) -> "FitSettings":
        if self.ema is not None and not self.batchnorm_images:
            raise ValueError(
                "ema: the averaged weights would be judged with BatchNorm statistics of other "
                "weights; give batchnorm_images (256), or leave ema out"
            )
        return self

    def as_spec(self) -> dict[str, Any]:
        """These settings alone, without what a section of a study file has besides, for a spec."""
        return self.model_dump(mode="json", include=set(FitSettings.model_fields))

    def batches(self, n_train: int) -> int:
        """Batches in an epoch of `n_train` images, as equal as can be.

        None has a single image, which leaves BatchNorm one value at the end of a small network: in
        batches of two, an odd image makes one of them a batch of three.
        """
        return max(1, min(math.ceil(n_train / self.batch_size), n_train // 2))

    def rate_factor(self, step: int, steps: int) -> float:
        """What the learning rate is multiplied by at `step` of `steps`."""
        warm = max(1, round(steps * self.warmup))
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def epochs_of(settings: FitSettings, n_train: int) -> int:
    """Epochs that a fit makes at most: `epochs`, or more to reach `min_steps`."""
    return max(settings.epochs, math.ceil(settings.min_steps / settings.batches(n_train)))


def epochs_by_phase(phases: Sequence[Phase], epochs: int) -> list[int]:
    """Divide the epochs by the phases' shares, largest remainders first; one each at least, even
    where that makes them more than `epochs`."""
    total = sum(phase.share for phase in phases)
    exact = [epochs * phase.share / total for phase in phases]
    allotted = [max(1, int(share)) for share in exact]
    by_remainder = sorted(range(len(phases)), key=lambda i: allotted[i] - exact[i])
    for i in by_remainder[: max(0, epochs - sum(allotted))]:
        allotted[i] += 1
    return allotted

"""Which frames of clips a study sees, as its file says it."""

from pydantic import Field, model_validator

from pleura.data.readers.clips.footage import MAX_FRAMES
from pleura.options import Options


class Frames(Options):
    """Which frames of each clip, and whether they are shown without what is around the sector."""

    number: int | None = Field(
        None, ge=1, le=MAX_FRAMES, description="so many of each clip, spread evenly"
    )
    per_second: float | None = Field(
        None, gt=0, le=1000, description="so many a second, by the time at which each is shown"
    )
    sector: bool = Field(
        True, description="the sector is cropped, and what is drawn over it is taken away"
    )

    @model_validator(mode="after")
    def _one_rule(self) -> "Frames":
        if (self.number is None) == (self.per_second is None):
            raise ValueError("give either number, such as {number: 8}, or per_second")
        return self

"""What every part of a study file is made of."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the study file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

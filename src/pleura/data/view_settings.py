"""How far two views of one image may differ, as a study file says it. It imports no torch, so that
a study file is checked at once."""

from typing import Annotated

from pydantic import Field

from pleura.data.augment_settings import Probability, for_each
from pleura.options import Options


class ViewProbabilities(Options):
    """How often each change of the gray values happens to a view that is changed at all."""

    brightness: Probability = 0.5
    contrast: Probability = 0.5
    gamma: Probability = 0.5
    noise: Probability = 0.1


class Views(Options):
    """How far two views of one image may differ. A share of them is the image as it is, so that
    what a network is judged on lies within what it learned from."""

    untouched: Probability = Field(0.1, description="share of the views that are the image itself")
    area: float = Field(0.5, gt=0, le=1, description="smallest crop, share of the image's area")
    aspect: float = Field(0.1, ge=0, lt=1, description="largest change of width to height, share")
    flip: Probability = Field(0.5, description="probability of a left-right flip")
    rotation: float = Field(10.0, ge=0, le=180, description="largest angle, degrees")
    brightness: float = Field(0.15, ge=0, le=1, description="largest offset, share of full range")
    contrast: float = Field(0.3, ge=0, lt=1, description="largest change of contrast, share")
    gamma: float = Field(0.3, ge=0, lt=1, description="largest change of the exponent, share")
    blur: Probability = Field(0.3, description="probability of a blur")
    sigma: float = Field(0.015, gt=0, le=0.1, description="widest blur, share of the width")
    noise: float = Field(
        0.0, ge=0, le=1, description="largest standard deviation, share of full range"
    )
    probability: Annotated[ViewProbabilities, for_each(ViewProbabilities)] = Field(
        ViewProbabilities(), description="one number, or {change: number}"
    )

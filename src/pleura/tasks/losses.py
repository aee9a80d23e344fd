"""The losses of a segmentation by the names that a study file gives them."""

from typing import Literal

Loss = Literal["dice", "cross_entropy", "dice_cross_entropy", "focal_tversky"]

"""Windows: which values are black and white, and what is between them (NEMA PS3.3, C.11.2.1.2)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.data.readers.dicom.layers import Layers
from pleura.errors import PleuraError

Values = NDArray[np.float64]
LINEAR, EXACT, SIGMOID = "LINEAR", "LINEAR_EXACT", "SIGMOID"
NARROWEST = {LINEAR: 1.0, EXACT: 0.0, SIGMOID: 0.0}


@dataclass(frozen=True)
class Window:
    """`centre` and `width` in modality values; `function` is LINEAR, LINEAR_EXACT or SIGMOID."""

    centre: float
    width: float
    function: str = LINEAR

    def __post_init__(self) -> None:
        if self.function not in NARROWEST:
            raise PleuraError(f"its window has an unknown VOI LUT function {self.function!r}")
        if not np.isfinite(self.centre):
            raise PleuraError(f"its window has its centre at {self.centre:g}")
        narrowest = NARROWEST[self.function]
        if not narrowest <= self.width < np.inf or self.width == 0:
            raise PleuraError(f"its window is {self.width:g} wide, which shows nothing")

    def __str__(self) -> str:
        return f"window {self.centre:g}/{self.width:g} {self.function}"

    def shown(self, values: Values) -> Values:
        """Modality values as fractions from 0 (the bottom of the window) to 1 (its top)."""
        if self.function == SIGMOID:
            steep = np.clip(-4 * (values - self.centre) / self.width, -700, 700)
            return np.asarray(1 / (1 + np.exp(steep)))
        if self.function == EXACT:
            return np.clip((values - self.centre) / self.width + 0.5, 0, 1)
        middle, span = self.centre - 0.5, self.width - 1
        if span == 0:
            return np.where(values > middle, 1.0, 0.0)
        return np.clip((values - middle) / span + 0.5, 0, 1)


def window_of(layers: Layers) -> Window | None:
    """The first window of a frame, None where it has none. Raises PleuraError for one that shows
    nothing, such as a centre without a width."""
    centre, width = layers.first("WindowCenter"), layers.first("WindowWidth")
    if centre is None and width is None:
        return None
    if centre is None or width is None:
        has, lacks = ("width", "centre") if centre is None else ("centre", "width")
        raise PleuraError(f"its window has a {has} but no {lacks}, which shows nothing")
    function = str(layers.get("VOILUTFunction", LINEAR)).strip().upper()
    return Window(float(centre), float(width), function)

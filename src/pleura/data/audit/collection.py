"""What the detectors of the audit look at."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.data.manifest import Manifest


@dataclass(frozen=True)
class Collection:
    """A manifest of n images and the bank that holds them, in its order.

    `features`: (n, d) float32, what a frozen backbone says of the images, None where nobody asked
    one. `parts`: (n,) names of the parts of a split, "" where an image is in none, None where there
    is no split.
    """

    manifest: Manifest
    bank: Bank
    features: NDArray[np.float32] | None = None
    parts: NDArray[np.str_] | None = None

    def __len__(self) -> int:
        return len(self.manifest)

    @cached_property
    def readable(self) -> NDArray[np.bool_]:
        """(n,) whether the bank holds the image."""
        return (self.bank.info["error"] == "").to_numpy(dtype=bool)

"""Several banks as one: images of several manifests that are learned from together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Bank


@dataclass(frozen=True)
class Concatenated:
    """The images of `banks`, all of one size, one bank after the other."""

    banks: tuple[Bank, ...]

    def __len__(self) -> int:
        return int(self._ends[-1])

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(len(rows), size, size) uint8, in the order asked. Raises PleuraError as Bank does."""
        images = np.empty((len(rows), self.banks[0].size, self.banks[0].size), np.uint8)
        owner = np.searchsorted(self._ends, rows, side="right")
        for number, bank in enumerate(self.banks):
            if (here := owner == number).any():
                images[here] = bank.read(rows[here] - self._ends[number] + len(bank))
        return images

    def names(self, rows: NDArray[np.int64]) -> list[str]:
        """The images at `rows`, as their manifests have them."""
        every = np.concatenate([bank.info["image"].to_numpy(dtype=object) for bank in self.banks])
        return [str(name) for name in every[rows]]

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.cumsum([len(bank) for bank in self.banks])

"""What a table leaves open of labels: kept as it was written, before a policy decides it and before
rows are left out for it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.names import is_nothing, word_key

LABEL = "label"  # what is not known where an image has one
EVERY = "all findings"  # what is not known where nothing is said of any
# Words for nothing that can mean that nothing is there, not that nothing is known.
_NONE = {"none", "nil", "nothing"}
# What people write who have not looked, by `word_key`.
_SILENT = {
    *("notreported", "notmentioned", "notassessed", "notassessable", "notevaluated", "notread"),
    *("notdone", "notlabelled", "notlabeled", "unlabelled", "unlabeled", "notavailable"),
}


def is_unknown(label: str) -> bool:
    """Whether a label says that it is not known: it names nothing, by another word than none, which
    can mean that nothing is there."""
    letters = "".join(filter(str.isalnum, word_key(label)))
    return letters in _SILENT or (is_nothing(label) and letters not in _NONE)


@dataclass(frozen=True)
class Unknowns:
    """Which labels of which images nobody has written down.

    `table`: m images with the columns of `Manifest.table`, those too that a study leaves out since
    nothing is known of them. `names`: what may be open: the findings, the number, or `LABEL`.
    `open`: (m, names), True where the table says nothing, or that it is not certain.
    """

    table: pd.DataFrame
    names: tuple[str, ...]
    open: NDArray[np.bool_]

    @property
    def distinct(self) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
        """Names, and which of the images (m, names) are open, without those that are never open;
        one, `EVERY`, in the place of findings that are open together in each image."""
        if len(self.names) > 1 and (self.open == self.open[:, :1]).all():
            return (EVERY,), self.open[:, :1]
        some = np.flatnonzero(self.open.any(axis=0))
        return tuple(self.names[at] for at in some), self.open[:, some]

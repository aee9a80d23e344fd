"""What a detector of the audit says of some images, and what a detector is."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pleura.data.audit.collection import Collection


@dataclass(frozen=True)
class Finding:
    """Something that looks wrong with the images at some `rows` of a manifest.

    `kind` is a short name, such as "near duplicate". `score` orders the findings of one kind: the
    higher it is, the surer is the finding. `text` is one sentence for a user, which names the rows.
    `leak` says whether the finding makes the results of a study worthless, which then must stop;
    `merge` of a leak whether `same_image: merge` mends it: patients who share an image count as one
    then, and the study goes on. `crops` (h, w) are shown in the place of the images, where these
    are too large to see in what was found.
    """

    kind: str
    rows: tuple[int, ...]
    score: float
    text: str
    leak: bool = False
    merge: bool = False
    crops: tuple[NDArray[np.uint8], ...] = field(default=(), compare=False, repr=False)

    @property
    def stops(self) -> bool:
        """Whether it stops every study, whatever its file says."""
        return self.leak and not self.merge


@dataclass(frozen=True)
class Detector:
    """A search for one kind of fault. `what` says in a sentence what it looks for, and `find`
    returns its findings, the surest first."""

    name: str
    what: str
    find: Callable[[Collection], tuple[Finding, ...]]

"""Groups of images: sources, or the classes within each source."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pleura.files import digest_of

VERSION = 2  # part of every key: raised whenever the same groups would be drawn, or what is drawn
# be weighed, otherwise
UNKNOWN = "no source"


@dataclass(frozen=True)
class Groups:
    """The group of each of n images: `of` (n,) int64, an index into `names`; no group is empty."""

    of: NDArray[np.int64]
    names: tuple[str, ...]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(groups,) images of each."""
        return np.bincount(self.of, minlength=len(self.names)).astype(np.int64)

    @property
    def draws(self) -> NDArray[np.float64]:
        """(n,) how often an epoch draws each image, on average, where `balanced_order` draws: of
        none 0 times, and as often as there are images in all together."""
        return len(self.of) / (len(self.names) * self.sizes[self.of])

    @property
    def key(self) -> str:
        """A digest of the group of each image, by its place among the names."""
        return digest_of(self.of.tolist())


def groups_of(
    sources: NDArray[np.str_],
    labels: NDArray[np.int64] | None = None,
    classes: Sequence[str] = (),
) -> Groups:
    """The groups of images by their `sources` (n,), and with `labels` (n,), indices of `classes`,
    by class within each source. Images without a source are a group of their own."""
    named = [source or UNKNOWN for source in sources.tolist()]
    if labels is not None:
        named = [
            f"{classes[label]} in {source}"
            for source, label in zip(named, labels.tolist(), strict=True)
        ]
    names, of = np.unique(np.array(named), return_inverse=True)
    return Groups(of.astype(np.int64), tuple(map(str, names)))


def balanced_order(groups: Groups, rng: Generator) -> NDArray[np.int64]:
    """As many positions of images as there are, (n,), with as many of each group, but for one.

    Of every run of as many images as there are groups, each is of another group. A group that is
    smaller than its share gives all its images before it gives one again; of one that is larger, a
    random part is left out.
    """
    n, count = len(groups.of), len(groups.names)
    rounds = -(-n // count)
    drawn = np.empty((rounds, count), dtype=np.int64)
    for group in range(count):
        members = np.flatnonzero(groups.of == group)
        times = -(-rounds // len(members))
        drawn[:, group] = np.concatenate([rng.permutation(members) for _ in range(times)])[:rounds]
    return rng.permuted(drawn, axis=1).ravel()[:n]

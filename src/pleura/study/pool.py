"""Images that a self-supervised step learns from, without their labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.data.draw import draw_share, rarest_labels
from pleura.data.manifest import UNLABELLED, Manifest
from pleura.data.split import Split
from pleura.errors import InputError
from pleura.randomness import seed_of

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """Images of one or several manifests, whose rows follow each other.

    A share `validation` of the patients is watched and not learned from. Of the study's own images
    (`split` is theirs) those that test in the fold stay out, unless `transductive`.
    """

    manifests: tuple[Manifest, ...]
    banks: tuple[Bank, ...]
    validation: float
    split: Split | None = None
    transductive: bool = False
    source: str = ""
    licence: str = ""

    @property
    def name(self) -> str:
        """The files that the images are listed in."""
        return ", ".join(dict.fromkeys(manifest.origin.name for manifest in self.manifests))

    @cached_property
    def groups(self) -> NDArray[np.str_]:
        """(n,) patients; those of two manifests are never the same."""
        return np.concatenate(
            [np.char.add(f"{i}/", each.groups) for i, each in enumerate(self.manifests)]
        )

    @cached_property
    def labels(self) -> Rows:
        """(n,) labels of the first manifest that has two or more, to watch by; -1 elsewhere."""
        found = np.full(len(self.groups), -1)
        start = 0
        for manifest in self.manifests:
            known = (manifest.table["label"] != UNLABELLED).to_numpy()
            if len(set(manifest.labels[known])) > 1:
                found[start : start + len(manifest)] = np.where(known, manifest.labels, -1)
                break
            start += len(manifest)
        return found

    def parts(self, seed: int, fold: int) -> tuple[Rows, Rows]:
        """Rows that train and rows that are watched, whole patients, drawn anew by each seed.

        Raises InputError where no patient would be left for one of them.
        """
        strata, start = np.empty(len(self.groups), np.int64), 0
        for manifest in self.manifests:  # each gives its share
            after = int(strata[:start].max()) + 1 if start else 0
            strata[start : start + len(manifest)] = manifest.labels + after
            start += len(manifest)
        rows = np.arange(len(self.groups))
        if self.split and not self.transductive:
            rows = np.setdiff1d(rows, self.split.test_of(fold))
        groups = self.groups[rows]
        rng = np.random.default_rng(seed_of("pool", seed))
        drawn = draw_share(rarest_labels(groups, strata[rows]), self.validation, rng)
        watched = np.isin(groups, drawn)
        if not watched.any() or watched.all():
            raise InputError(
                f"{len(set(groups))} patients of {self.name} are too few to learn from and to "
                f"watch a share of {self.validation:g}"
            )
        return rows[~watched], rows[watched]


def pools_by_name(pools: Mapping[str, Pool]) -> list[tuple[str, Manifest, Bank]]:
    """The manifests that must hold no test patient, with the names of their steps."""
    return [
        (name, manifest, bank)
        for name, pool in pools.items()
        if not pool.split and not pool.transductive
        for manifest, bank in zip(pool.manifests, pool.banks, strict=True)
    ]

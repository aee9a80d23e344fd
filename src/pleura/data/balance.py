"""How patients are drawn for the parts of a split, so that the parts are alike in their labels."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pleura.data.draw import (
    Groups,
    draw_folds,
    draw_share,
    rarest_labels,
    shuffle_strata,
    take_nested,
)
from pleura.data.iterative import divide

Members = Collection[str]
Added = tuple[Groups, Groups]
"""Who trains and who validates of those that a fraction adds to the one before it."""


class Balance(Protocol):
    """Draws whole patients, by name; what it draws hangs on its arguments alone."""

    def share(self, members: Members, share: float, rng: Generator) -> Groups:
        """About `share` of the `members`."""
        ...

    def folds(self, folds: int, seed: int) -> list[Groups]:
        """All patients, each in one of the folds."""
        ...

    def nested(
        self, members: Members, fractions: Sequence[float], validation: float, rng: Generator
    ) -> list[Added]:
        """Those who train and those who validate that each of the ascending `fractions` adds to
        the fraction before it; `validation` is the share that validates, none where it is 0."""
        ...


Balanced = Callable[[NDArray[np.str_], NDArray[np.int64]], Balance]
"""Makes a balance from the patients (n,) and the labels (n,) or (n, findings) of all images."""


@dataclass(frozen=True)
class ByStratum:
    """Patients drawn from each stratum by itself; `strata` has the stratum of each patient."""

    strata: Mapping[str, int]

    @classmethod
    def rarest(cls, groups: NDArray[np.str_], labels: NDArray[np.int64]) -> "ByStratum":
        """Strata by the rarest label that a patient has; see `Balanced`."""
        return cls(rarest_labels(groups, labels))

    def share(self, members: Members, share: float, rng: Generator) -> Groups:
        """See `draw_share`."""
        return draw_share(self._of(members), share, rng)

    def folds(self, folds: int, seed: int) -> list[Groups]:
        """See `draw_folds`."""
        return draw_folds(self.strata, folds, seed)

    def nested(
        self, members: Members, fractions: Sequence[float], validation: float, rng: Generator
    ) -> list[Added]:
        """See `take_nested`."""
        return take_nested(shuffle_strata(self._of(members), rng), fractions, validation)

    def _of(self, members: Members) -> dict[str, int]:
        wanted = set(members)
        return {name: stratum for name, stratum in self.strata.items() if name in wanted}


@dataclass(frozen=True)
class ByFindings:
    """Patients divided so that every part has its share of those with, and of those without, each
    finding (iterative stratification: see `divide`).

    `names`: (m,) patients in order of name; `has`: (m, 2 findings) bool, whether an image of the
    patient has a finding, and whether an image is known to be without it.
    """

    names: NDArray[np.str_]
    has: NDArray[np.bool_]

    @classmethod
    def of(cls, groups: NDArray[np.str_], labels: NDArray[np.int64]) -> "ByFindings":
        """See `Balanced`; `labels` (n, findings) are 1, 0, or -1 where they are not known."""
        names, row = np.unique(groups, return_inverse=True)
        has = np.zeros((len(names), 2 * labels.shape[1]), dtype=np.bool_)
        np.logical_or.at(has, row, np.concatenate([labels == 1, labels == 0], axis=1))
        return cls(names, has)

    def share(self, members: Members, share: float, rng: Generator) -> Groups:
        """About `share` of the members, and of those with each finding one at least."""
        return self._divided(members, [share, 1 - share], rng)[0]

    def folds(self, folds: int, seed: int) -> list[Groups]:
        """All patients in folds of equal shares."""
        rng = np.random.default_rng(seed)
        return self._divided(self.names.tolist(), [1 / folds] * folds, rng)

    def nested(
        self, members: Members, fractions: Sequence[float], validation: float, rng: Generator
    ) -> list[Added]:
        """First the members are divided among the steps between fractions, then the members of
        each step into those who train and those who validate."""
        ends = [*fractions] if fractions[-1] == 1 else [*fractions, 1.0]
        added = self._divided(members, np.diff([0.0, *ends]).tolist(), rng)
        steps = []
        for groups in added[: len(fractions)]:
            train, validates = sorted(groups), list[str]()
            if validation:
                train, validates = self._divided(groups, [1 - validation, validation], rng)
            steps.append((train, validates))
        return steps

    def _divided(self, members: Members, shares: Sequence[float], rng: Generator) -> list[Groups]:
        at = np.flatnonzero(np.isin(self.names, list(members)))
        part = divide(self.has[at], shares, rng)
        return [self.names[at[part == number]].tolist() for number in range(len(shares))]

"""Random draws of whole patients, stratified by their rarest label."""

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Groups = list[str]
Strata = list[Groups]


def rarest_labels(groups: NDArray[np.str_], labels: NDArray[np.int64]) -> dict[str, int]:
    """The stratum of every group, in order of name: among its labels the one that the fewest groups
    have."""
    names, of_row = np.unique(groups, return_inverse=True)
    has = np.zeros((len(names), int(labels.max()) + 1), dtype=bool)
    has[of_row, labels] = True
    by_rarity = np.argsort(has.sum(axis=0), kind="stable")
    rarest = by_rarity[np.argmax(has[:, by_rarity], axis=1)]
    return dict(zip(names.tolist(), rarest.tolist(), strict=True))


def shuffle_strata(strata: Mapping[str, int], rng: Generator) -> Strata:
    """The groups of each stratum in random order."""
    orders = []
    for stratum in sorted(set(strata.values())):
        members = sorted(group for group, its in strata.items() if its == stratum)
        orders.append([members[i] for i in rng.permutation(len(members))])
    return orders


def draw_share(strata: Mapping[str, int], share: float, rng: Generator) -> Groups:
    """Draw about `share` of the groups of each stratum. Of a stratum of three or more groups, at
    least one is drawn and at least two are left."""
    drawn: Groups = []
    for order in shuffle_strata(strata, rng):
        n = _round(share * len(order))
        drawn += order[: min(max(n, 1), len(order) - 2) if len(order) > 2 else n]
    return sorted(drawn)


def draw_folds(strata: Mapping[str, int], folds: int, seed: int) -> list[Groups]:
    """The test groups of each fold, drawn by scikit-learn's StratifiedKFold from groups and their
    strata.

    Between folds, the number of groups of a stratum differs by one at most, whatever the number of
    images. A stratum of fewer than `folds` groups is not in every fold: as that of a class whose
    patients have a rarer one besides. Whether the class is there all the same, `make_split` looks.
    Where all strata are so small, they are drawn as one.
    """
    from sklearn.model_selection import StratifiedKFold  # a second, which others save

    names, of = np.array(list(strata)), list(strata.values())
    if max(Counter(of).values()) < folds:
        of = [0] * len(of)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        parts = [*splitter.split(names, of)]
    return [np.sort(names[test]).tolist() for _, test in parts]


def take_nested(
    strata: Strata, fractions: Sequence[float], validation: float
) -> list[tuple[Groups, Groups]]:
    """The train and the validation groups that each fraction, in ascending order, adds to the
    smaller ones.

    A fraction takes the beginning of each stratum's order. The positions that validate are fixed;
    unless the share is 0 the second is always one, so that any two groups give one to either part
    and every fraction has its share.
    """
    taken = [0] * len(strata)
    steps = []
    for fraction in fractions:
        train: Groups = []
        valid: Groups = []
        for number, order in enumerate(strata):
            end = _round(fraction * len(order))
            validates = _validates(len(order), validation)
            for at in range(taken[number], end):
                (valid if validates[at] else train).append(order[at])
            taken[number] = end
        steps.append((sorted(train), sorted(valid)))
    return steps


def _validates(n: int, share: float) -> NDArray[np.bool_]:
    """(n,) True at positions 1, 1 + 1/share, 1 + 2/share, ..., rounded down; nowhere at 0."""
    mask = np.zeros(n, dtype=bool)
    if not share:
        return mask
    # A share so small that only one validates need not overflow.
    positions = 1 + np.floor(np.arange(n) / max(share, 1 / (n + 1)) + 1e-9).astype(np.int64)
    mask[positions[positions < n]] = True
    return mask


def _round(value: float) -> int:
    return int(value + 0.5)

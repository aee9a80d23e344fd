"""What a user says about a split: who tests, who validates, how often it is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pleura.errors import refuse

SETS = "sets"  # the part of the patients by whom prediction sets are made
ENSEMBLES = "ensembles"  # the part of the patients by whom ensembles are calibrated
Rules = Mapping[str, float | Literal["train", "test"]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How patients are divided.

    `test` names a column that says train, val or test, or is the share of the patients that test,
    or is None where there is a number of `folds`, each of which tests once. `rules` say by source
    what happens to rows whose cell in that column is empty: train, test, or the share of their
    patients that tests. In each fold, each of `seeds` puts the other
    patients in random order. A fraction takes the beginning of that order, and `validation` is the
    share of it that validates; or it names the column of `test`: then the rows that this calls val
    validate at every seed and fraction, which else train. `seed` draws the test part. `aside` says
    by name which share of the patients that do not test is kept in a part of its own in each fold,
    before any seed: nobody in it trains or validates.

    Raises `InputError` naming every argument that cannot be.
    """

    test: str | float | None
    folds: int | None = None
    validation: str | float
    seeds: Sequence[int]
    fractions: Sequence[float]
    rules: Rules = field(default_factory=dict)
    seed: int = 0
    aside: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_column = isinstance(self.test, str)
        of_sources = [share for share in self.rules.values() if share not in ("train", "test")]
        musts = {
            "give one of `test` and `folds`": (self.test is None) != (self.folds is None),
            "`test` is a column, or a share between 0 and 1": by_column or _all_shares([self.test]),
            "`folds` are 2 or more": self.folds is None or self.folds >= 2,
            "`validation` is a share between 0 and 1, or the column that `test` names": (
                self.validation == self.test if self.official else _all_shares([self.validation])
            ),
            "`seed` is 0 or more": self.seed >= 0,
            "`seeds` are different whole numbers from 0 on": _distinct(self.seeds)
            and min(self.seeds) >= 0,
            "`fractions` are different numbers above 0 and up to 1": _distinct(self.fractions)
            and all(0 < fraction <= 1 for fraction in self.fractions),
            "`rules` need a `test` that names a column": by_column or not self.rules,
            "`rules` say train, test or a share between 0 and 1": _all_shares(of_sources),
            "`aside` are shares between 0 and 1": _all_shares([*self.aside.values()]),
        }
        broken = [must for must, holds in musts.items() if not holds]
        refuse("The split cannot be drawn so.", broken)

    @property
    def official(self) -> bool:
        """Whether the column of `test` says who validates, too."""
        return isinstance(self.validation, str)

    def record(self) -> dict[str, Any]:
        """The rule as the split file keeps it; `fractions` ascending."""
        return {
            "test": self.test,
            "folds": self.folds,
            "validation": self.validation if self.official else float(self.validation),
            "seeds": [int(seed) for seed in self.seeds],
            "fractions": sorted(float(fraction) for fraction in self.fractions),
            "rules": [[glob, share] for glob, share in self.rules.items()],
            "seed": int(self.seed),
            **({"aside": dict(self.aside)} if self.aside else {}),
        }


def _all_shares(values: Sequence[str | float | None]) -> bool:
    return all(value is None or (not isinstance(value, str) and 0 < value < 1) for value in values)


def _distinct(values: Sequence[float]) -> bool:
    return 0 < len(values) == len(set(values))

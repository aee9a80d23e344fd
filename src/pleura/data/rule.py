"""What a user says about a split: who tests, who validates, how often it is drawn.

It imports no pandas, so that a study file is checked at once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from pleura.options import Options

SETS = "sets"  # the part of the patients by whom prediction sets are made
ENSEMBLES = "ensembles"  # the part of the patients by whom ensembles are calibrated


def none_twice(values: list[float]) -> list[float]:
    """The values. Raises ValueError where one stands there twice."""
    if len(set(values)) < len(values):
        raise ValueError("a value stands there twice")
    return values


Seed = Annotated[int, Field(ge=0, lt=2**63)]
Share = Annotated[float, Field(gt=0, lt=1)]
Fractions = Annotated[
    list[Annotated[float, Field(gt=0, le=1)]], Field(min_length=1), AfterValidator(none_twice)
]


class SplitRule(Options):
    """Which patients train, validate and test.

    `test` names a column that says train, val or test, or is the share of the patients that test,
    or is None where there is a number of `folds`, each of which tests once. `validation` is the
    share of those who do not test that validates; or it names the column of `test`: then the rows
    that this calls val validate at every seed and fraction, which else train. `rules` say by source
    what happens to rows whose cell in that column is empty: train, test, or the share of their
    patients that tests. `seed` draws the test part.
    """

    test: str | Share | None = Field(
        None, description="a column with train and test, or the share of patients that test"
    )
    folds: int | None = Field(None, ge=2)
    validation: Share | str = Field(
        0.2, description="share of the training patients, or the column of test: its val rows"
    )
    rules: dict[str, Share | Literal["train", "test"]] = Field({})
    seed: Seed = 0

    @model_validator(mode="after")
    def _one_way(self) -> SplitRule:
        if (self.test is None) == (self.folds is None):
            raise ValueError("give either test (a column or a fraction) or folds")
        if self.official and self.validation != self.test:
            raise ValueError(
                "validation: a share of the training patients, or the column that test names"
            )
        if self.rules and not isinstance(self.test, str):
            raise ValueError("rules: for the empty cells of a column, which test has to name")
        return self

    @property
    def official(self) -> bool:
        """Whether the column of `test` says who validates, too."""
        return isinstance(self.validation, str)


class Rule(SplitRule):
    """How patients are divided, as often as a study draws them.

    In each fold, each of `seeds` puts those who do not test in random order. A fraction takes the
    beginning of that order, and `validation` is the share of it that validates. `aside` says by
    name which share of the patients that do not test is kept in a part of its own in each fold,
    before any seed: nobody in it trains or validates.
    """

    seeds: Annotated[list[Seed], Field(min_length=1), AfterValidator(none_twice)]
    fractions: Fractions
    aside: dict[str, Share] = Field({})

    def record(self) -> dict[str, Any]:
        """The rule as the split file keeps it; `fractions` ascending."""
        return {
            "test": self.test,
            "folds": self.folds,
            "validation": self.validation,
            "seeds": self.seeds,
            "fractions": sorted(self.fractions),
            "rules": [[glob, share] for glob, share in self.rules.items()],
            "seed": self.seed,
            **({"aside": self.aside} if self.aside else {}),
        }

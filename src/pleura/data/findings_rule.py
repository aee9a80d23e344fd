"""How a table says which findings an image has, as a study file says it.

It imports no pandas, so that a study file is checked at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from pleura.data.names import word_key
from pleura.errors import nearest
from pleura.options import InTable, Options, TableName
from pleura.wording import absence

Policy = Literal["mask", "zero", "one"]
Policies = Policy | dict[TableName, Policy]
MEANS: Mapping[Policy, int] = {"mask": -1, "zero": 0, "one": 1}
OTHERS = "others"  # the policy of findings that a mapping does not name


class FindingsRule(Options):
    """How the table says which findings an image has: a column a finding with 1, 0, -1 (uncertain)
    or nothing; or, with `separator`, the names of all in the column `label`.

    `unknown` says what an empty cell becomes, `uncertain` a cell of -1: left out of all that is
    learned and measured ("mask"), "zero" or "one"; for all findings alike, or for each by name.
    """

    names: list[TableName] | dict[TableName, InTable] = Field(
        min_length=1, description="of the findings; or {finding: its column in the file}"
    )
    separator: str | None = Field(
        None, min_length=1, max_length=3, description="between findings in one cell, such as |"
    )
    none: TableName = Field("No Finding", description="what such a cell says where there is none")
    unknown: Policies = Field(
        "mask", description="empty cells: mask, zero or one; or {finding: policy, others: policy}"
    )
    uncertain: Policies = Field("mask", description="cells of -1: likewise")

    @property
    def columns(self) -> dict[str, str]:
        """The column of each finding, in the order of showing."""
        return self.names if isinstance(self.names, dict) else {name: name for name in self.names}

    def policy(self, of: Policies, name: str) -> int:
        """What the policy makes of a cell of one finding: 1, 0, or -1 for not known."""
        return MEANS[of if isinstance(of, str) else of.get(name, of.get(OTHERS, "mask"))]

    @model_validator(mode="after")
    def _known_names(self) -> FindingsRule:
        if self.separator and isinstance(self.names, dict):
            raise ValueError("names: with a separator findings have no columns; list their names")
        if len(set(self.names)) < len(self.names):
            raise ValueError("names: one stands there twice")
        keys = {word_key(name): name for name in self.names}
        for name in self.names:
            if other := keys.get(word_key(absence(name))):
                raise ValueError(
                    f"names: '{other}' is what images without '{name}' are called; name one of the "
                    "two, or call it otherwise: {another name: its column}"
                )
        for key in ("unknown", "uncertain"):
            policies = getattr(self, key)
            for name in policies if isinstance(policies, dict) else ():
                if name not in (*self.names, OTHERS):
                    raise ValueError(
                        f"{key}: '{name}' is none of the findings{nearest(name, self.names)}"
                    )
        return self

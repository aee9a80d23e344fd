"""Whether classes, and labels that are not known, have other shares in some groups of patients."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pleura.evaluate.shares import COLUMNS, OF_CLASS, UNKNOWN, differing
from pleura.report import cells
from pleura.report.folder import Folder, TableFile
from pleura.report.nouns import CLASS, Noun
from pleura.report.numbers import capital, listing, percent
from pleura.report.section import Blocks, Cautions, Section, Words, warn
from pleura.report.sections.policies import POLICIES
from pleura.report.study import Study
from pleura.report.table import Cell, Table, table_of
from pleura.tables import SHARES

TABLE = TableFile(SHARES, tuple(COLUMNS[:4]), tuple(COLUMNS[4:]))
PART = "part"
NAMED = 3
Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Shared:
    """`table` as `shares_by`, `tested` as `differing` makes it; `level` is that of the study."""

    table: pd.DataFrame
    tested: pd.DataFrame
    level: float

    def shown(self, share: str, *, part: bool | None = None) -> list[Row]:
        """The rows of `tested` of a share whose difference is shown, least p first; with `part`
        those between train and test alone, or all others."""
        rows = self.tested[self.tested["share"] == share].sort_values("p_holm", kind="stable")
        differing = rows[rows["p_holm"] < 1 - self.level].to_dict("records")
        return [row for row in differing if part is None or (row["column"] == PART) == part]

    def groups_of(self, row: Row) -> list[Row]:
        """The rows of `table` of the groups that a row of `tested` is about, least share last."""
        of = self.table.sort_values("mean", ascending=False, kind="stable")
        for name in ("column", "share", "class"):
            of = of[of[name] == row[name]]
        return [*of.to_dict("records")]

    def examples(self, share: str, *, part: bool | None = None) -> str:
        """`“ill” by source (52 % of a, 8 % of b)` of the first few."""
        examples = []
        for row in self.shown(share, part=part):
            groups = self.groups_of(row)
            ends = ", ".join(_group_share(group) for group in (groups[0], groups[-1]))
            examples.append(f"“{row['class']}” by {row['column']} ({ends})")
        return listing(examples, NAMED)


def find_shares(study: Study[Folder]) -> Shared | None:
    """Test the shares of a study; None where no column divides its patients."""
    table = study.contents.table(TABLE)
    tested = differing(table) if not table.empty else table
    return None if tested.empty else Shared(table, tested, study.findings.level)


def share_table(shared: Shared, noun: Noun = CLASS) -> Table | None:
    """The share in every group, of those that are shown to differ."""
    said = {OF_CLASS: f"of the {noun.one}", UNKNOWN: UNKNOWN}
    rows = [
        [
            Cell(f"{row['column']}: {group['group']}"),
            Cell(str(row["class"]), said[share]),
            Cell(_percent(group["mean"]), order=group["mean"]),
            Cell(f"{group['patients']:,.0f}", order=group["patients"]),
            cells.p(row["p_holm"]),
        ]
        for share in said
        for row in shared.shown(share)
        for group in shared.groups_of(row)
    ]
    return table_of(
        "Shares that differ between groups of patients",
        rows,
        f"Group | {capital(noun.one)} / share | Share / mean over patients | Patients",
        "p / after Holm",
    )


def _group_share(group: Row) -> str:
    return f"{_percent(group['mean'])} of {group['group']}"


def _percent(mean: float) -> str:
    return percent(round(mean, 3 if mean < 0.1 else 2))


def _blocks(study: Study[Folder], shared: Shared) -> Blocks:
    columns = listing(list(dict.fromkeys(shared.tested["column"])))
    table = share_table(shared, study.findings.noun)
    by_share = shared.tested.groupby("share")["column"].agg(set)
    of_class, unknown = (by_share.get(share, set()) for share in (OF_CLASS, UNKNOWN))
    yield Words(
        columns=columns,
        tests=len(shared.tested),
        any=bool(table),
        of_class=bool(of_class),
        unknown=bool(unknown),
        alone=listing(sorted(unknown - of_class)) if of_class else "",
    )
    if table:
        yield table


def _cautions(study: Study[Folder], shared: Shared) -> Cautions:
    noun = study.findings.noun
    if examples := shared.examples(OF_CLASS, part=True):
        yield warn("shares", "between_parts", told=examples, noun=noun)
    if examples := shared.examples(OF_CLASS, part=False):
        yield warn("shares", "between_groups", serious=False, told=examples, noun=noun)
    if examples := shared.examples(UNKNOWN):
        decided = not study.contents.table(POLICIES).empty
        yield warn("shares", "not_at_random", told=examples, noun=noun, decided=decided)


SECTION = Section("shares", find_shares, _blocks, _cautions, warns=25)

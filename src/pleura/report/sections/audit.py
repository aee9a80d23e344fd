"""Suspects among the images: what the audit has found, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup, escape

from pleura.data.audit.table import BETWEEN
from pleura.report.folder import Folder, TableFile
from pleura.report.gallery import embedded, with_file_names
from pleura.report.numbers import capital, count, listing
from pleura.report.section import Blocks, Caution, Cautions, Gallery, Group, Section, Shot, Text
from pleura.report.study import Study
from pleura.tables import AUDIT

SUSPECTS = TableFile(AUDIT, text=("kind", "rows", "images", "patients", "text", "leak", "file"))


@dataclass(frozen=True)
class Suspects:
    """What was found, by kind in the order of the audit."""

    by_kind: Mapping[str, pd.DataFrame]

    @property
    def told(self) -> str:
        """The kinds and how often each was found."""
        return listing([f"{kind} ({len(of):,})" for kind, of in self.by_kind.items()], 12)

    @property
    def crossing(self) -> int:
        """How many findings are of images that stand on both sides of the split."""
        return sum(int((of["leak"] == "True").sum()) for of in self.by_kind.values())


def find_suspects(study: Study[Folder]) -> Suspects | None:
    """The findings of the audit; None where there was none."""
    if not (study.contents.path / AUDIT).is_file():
        return None
    table = study.contents.table(SUSPECTS)
    return Suspects({kind: table[table["kind"] == kind] for kind in table["kind"].unique()})


def _cautions(_: Study[Folder], suspects: Suspects) -> Cautions:
    if crossing := suspects.crossing:
        stand = "stands" if crossing == 1 else "stand"
        yield Caution(
            f"{count(crossing, 'image')} cut differently for two patients {stand} on both sides of "
            "the split: results may be too good."
        )
    if suspects.by_kind:
        yield Caution(f"There are suspects among the images: {suspects.told}.", serious=False)


def _blocks(study: Study[Folder], suspects: Suspects) -> Blocks:
    looked = "Before the study began its images were looked at for copies and for faults"
    if not suspects.by_kind:
        yield Text(f"{looked}; none was found.")
        return
    yield Text(
        f"{looked}. These were left in: {suspects.told}. A person decides whether a suspect is a "
        "fault; audit.csv has all, and “pleura data check” looks for more."
    )
    for kind, rows in suspects.by_kind.items():
        shots = [_shot(study.contents, row) for _, row in rows.iterrows()]
        shown = [shot for shot in shots if shot.picture]
        gallery = [Gallery(shown, 300)] if shown else []
        if gallery:
            yield Group(capital(kind), gallery, folded=True, detail=count(len(rows), "suspect"))


def _shot(contents: Folder, row: "pd.Series[str]") -> Shot:
    """The picture of a finding; what is said of it names patients and files, unless names are
    hidden."""
    told = with_file_names(row["text"], row["images"].split(BETWEEN))
    text = row["kind"] if contents.hides_names else told
    picture = embedded(contents.path, row["file"], "png") if row["file"] else ""
    return Shot(picture, row["kind"], Markup(escape(text)))


SECTION: Section[Folder, Suspects] = Section(
    "audit",
    find_suspects,
    _blocks,
    _cautions,
    warns=64,
    title="Faults that were looked for",
    nav="Faults",
    open=20,  # groups, which are folded anyway
)

"""The best, the median and the worst case of each recipe, with their contours."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from pleura.evaluate.contours import CONFUSED, FALSE, MISSED, colour_of
from pleura.report.folder import TableFile
from pleura.report.gallery import shots
from pleura.report.numbers import at_labels, capital, decimal
from pleura.report.section import Blocks, Gallery, Group, Section, Words
from pleura.report.segmentation import CasesFolder, CasesStudy

OVERLAYS = TableFile(
    "panels/overlays.csv",
    ("recipe", "rank", "image", "patient", "label", "file"),
    ("fraction", "seed", "fold", "dice"),
)
RANKS = ("best", "median", "worst")
WIDTH = 780  # pixels


def overlays(study: CasesStudy) -> list[Group]:
    """Pictures by recipe in the order of the page; those but the first and the reference's can be
    unfolded."""
    contents, findings = study.contents, study.recipes.findings
    table = contents.table(OVERLAYS)
    table = table[table["rank"].isin(RANKS)]
    table = table.sort_values("rank", key=lambda ranks: ranks.map(RANKS.index), kind="stable")
    several = contents.counts["fold"].nunique() > 1
    groups: list[Group] = []
    for name, mine in findings.by_recipe(table):
        if pictures := list(shots(contents, mine, lambda row: _case(contents, row))):
            first = mine.iloc[0]
            fold = f", fold {first['fold']:.0f}" if several else ""
            where = f"{at_labels(first['fraction'])}, seed {first['seed']:.0f}{fold}"
            folded = bool(groups) and name != findings.reference
            look = findings.looks[name]
            groups.append(Group(name, [Gallery(pictures, WIDTH)], folded, look, where))
    return groups


def _case(contents: CasesFolder, row: pd.Series) -> tuple[str, Markup, Sequence[str]]:
    test = contents.test
    keys = ["recipe", "image", "fraction", "seed", "fold"]
    case = test[(test[keys] == row[keys]).all(axis=1)]
    parts = [
        _of_structure(*each)
        for each in case[["structure", "dice", "predicted_area"]].itertuples(index=False, name=None)
    ]
    rank, dice = capital(row["rank"]), decimal(row["dice"])
    # Without labels all images have the same one, which says nothing.
    label = f" · {row['label']}" if test["label"].nunique() > 1 else ""
    return (
        f"{rank} case, Dice {dice}: image, outlines, errors",
        Markup("<b>{}</b>: Dice {}{}").format(rank, dice, label),
        (" · ".join(parts) if len(parts) > 1 else "",),
    )


def _of_structure(name: str, dice: float, predicted: float) -> str:
    """`rib .912`; where the reference has none there is no Dice, only what was drawn or not."""
    if dice == dice:
        return f"{name} {decimal(dice)}"
    return f"{name} absent{', yet drawn' if predicted > 0 else ''}"


def legend(structures: Sequence[str]) -> list[tuple[str, str]]:
    """Each structure's name, with its number where there are several, and its colour."""
    names = [f"{i} {name}" for i, name in enumerate(structures, 1)]
    shown = names if len(structures) > 1 else list(structures)
    return [(name, colour_of(i)) for i, name in enumerate(shown, 1)]


def _blocks(study: CasesStudy, shown: list[Group]) -> Blocks:
    if shown:
        names = legend(study.findings.classes)
        yield Words(legend=names, errors=(MISSED, FALSE, CONFUSED))
        yield from shown


SECTION = Section("overlays", overlays, _blocks)

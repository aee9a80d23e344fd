"""The best, the median and the worst case of each recipe, with their contours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pleura.evaluate.contours import colour_of
from pleura.report.embedded import embedded
from pleura.report.looks import Look
from pleura.report.numbers import at_labels, capital, decimal
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.judged import Judged

RANKS = ("best", "median", "worst")


@dataclass(frozen=True)
class Overlay:
    """One picture; `dice` is over all structures, `by_structure` each one's, in words."""

    picture: str  # a data: address
    rank: str
    dice: str
    by_structure: str
    label: str
    image: str
    patient: str


@dataclass(frozen=True)
class RecipeOverlays:
    """The pictures of a recipe, and of which training they are."""

    recipe: str
    look: Look
    where: str
    shown: tuple[Overlay, ...]


def read_overlays(contents: CasesFolder, judged: Judged) -> tuple[RecipeOverlays, ...]:
    """Pictures by recipe in the order of the page. Those that are absent, outside the folder or no
    PNG are left out: a report stands without."""
    found = []
    for name, look in judged.findings.looks.items():
        mine = contents.overlays[contents.overlays["recipe"] == name]
        mine = mine[mine["rank"].isin(RANKS)]
        mine = mine.sort_values("rank", key=lambda ranks: ranks.map(RANKS.index), kind="stable")
        shown = [each for _, row in mine.iterrows() if (each := _overlay(contents, row))]
        if shown:
            first = mine.iloc[0]
            fold = f", fold {first['fold']:.0f}" if contents.counts["fold"].nunique() > 1 else ""
            where = f"{at_labels(first['fraction'])}, seed {first['seed']:.0f}{fold}"
            found.append(RecipeOverlays(name, look, where, tuple(shown)))
    return tuple(found)


def _overlay(contents: CasesFolder, row: pd.Series) -> Overlay | None:
    picture = embedded(contents.path, Path(row["file"]).name, "png")
    if not picture:
        return None
    test = contents.test
    case = test[
        (test["recipe"] == row["recipe"])
        & (test["image"] == row["image"])
        & (test["fraction"] == row["fraction"])
        & (test["seed"] == row["seed"])
        & (test["fold"] == row["fold"])
    ]
    parts = [
        _of_structure(*each)
        for each in case[["structure", "dice", "predicted_area"]].itertuples(index=False, name=None)
    ]
    return Overlay(
        picture=picture,
        rank=capital(row["rank"]),
        dice=decimal(row["dice"]),
        by_structure=" · ".join(parts) if len(parts) > 1 else "",
        label=row["label"],
        image="" if contents.hides_names else row["image"].rsplit("/", 1)[-1],
        patient="" if contents.hides_names else row["patient"],
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

"""Heat maps of sure hits and misses, recipe by recipe, and whether they show learning."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pleura.evaluate.heatmap_sizes import LEAST
from pleura.evaluate.sanity import depends_on_weights
from pleura.report.embedded import embedded
from pleura.report.findings import Findings
from pleura.report.folder import StudyFolder
from pleura.report.looks import Look
from pleura.report.numbers import MISSING, capital, count, decimal, interval
from pleura.report.table import Cell, Column, Table, recipe_cell

SHOWN = 8  # recipes; the pictures of others stay in the study's folder
METHODS = {"last_": "Grad-CAM, last cut", "": "HiRes-CAM, finer"}


@dataclass(frozen=True)
class Panel:
    """One image under its heat maps."""

    picture: str  # a data: address
    hit: bool
    label: str
    predicted: str
    probability: str
    image: str
    patient: str


@dataclass(frozen=True)
class RecipeMaps:
    """The panels of a recipe, and what its maps are: `coarse` and `finer` say cut and size, `told`
    both, and which is too coarse to be shown."""

    recipe: str
    look: Look
    coarse: str
    finer: str
    told: str
    hits: tuple[Panel, ...]
    misses: tuple[Panel, ...]


def read_heatmaps(contents: StudyFolder, findings: Findings) -> tuple[RecipeMaps, ...]:
    """The panels of the eight best recipes and the reference; empty where there are none.

    Pictures that are absent, outside the folder or no SVG are left out: a report stands without.
    """
    names = shown_recipes(contents.heatmaps, findings)
    return tuple(_of_recipe(contents, name, findings.looks[name]) for name in names)


def shown_recipes(pictures: pd.DataFrame, findings: Findings) -> list[str]:
    """Of the recipes that have `pictures`, the eight best and the reference."""
    known = [name for name in findings.looks if name in set(pictures["recipe"])]
    return [name for i, name in enumerate(known) if i < SHOWN or name == findings.reference]


def _of_recipe(contents: StudyFolder, name: str, look: Look) -> RecipeMaps:
    mine = contents.heatmaps[contents.heatmaps["recipe"] == name]
    first = mine.iloc[0]
    panels = [panel for _, row in mine.iterrows() if (panel := panel_of(contents, row))]
    coarse, finer = (f"{first[f'{kind}cut']}, {_size(first[f'{kind}grid'])}" for kind in METHODS)
    return RecipeMaps(
        name,
        look,
        coarse,
        finer,
        _shown(first, coarse, finer),
        hits=tuple(panel for panel in panels if panel.hit),
        misses=tuple(panel for panel in panels if not panel.hit),
    )


def _shown(first: pd.Series, coarse: str, finer: str) -> str:
    """`Grad-CAM at head, 7 × 7 · HiRes-CAM at block3, 14 × 14`, and which are too coarse."""
    maps = (("Grad-CAM", coarse, first["last_grid"]), ("HiRes-CAM", finer, first["grid"]))
    return " · ".join(
        f"{name} at {where}{'' if grid >= LEAST else ': too coarse to be shown'}"
        for name, where, grid in maps
    )


def panel_of(contents: StudyFolder, row: pd.Series) -> Panel | None:
    """The picture of a row and what is told beneath; None where it is no SVG of the folder."""
    picture = embedded(contents.path, str(row["file"]), "svg+xml")
    if not picture:
        return None
    return Panel(
        picture=picture,
        hit=row["hit"] == "True",
        label=row["label"],
        predicted=row["predicted"],
        probability=decimal(row["probability"]),
        image="" if contents.hides_names else row["image"].rsplit("/", 1)[-1],
        patient="" if contents.hides_names else row["patient"],
    )


def heatmap_table(contents: StudyFolder, findings: Findings) -> Table | None:
    """The check with weights drawn anew; None where there are no heat maps."""
    table = contents.heatmaps
    rows = [
        [
            recipe_cell(name, look, findings.reference),
            Cell(title),
            Cell(str(mine[f"{kind}cut"].iloc[0]), _size(mine[f"{kind}grid"].iloc[0])),
            *_checked(mine[f"{kind}correlation_with_random"]),
        ]
        for name, look in findings.looks.items()
        for mine in [table[table["recipe"] == name]]
        if not mine.empty
        for kind, title in METHODS.items()
    ]
    columns = [
        Column("Recipe", number=False),
        Column("Map", number=False),
        Column("Cut", "positions", number=False),
        Column("Rank correlation", "mean, range over images"),
        Column("Verdict", number=False),
    ]
    title = "Heat maps against those of the same network with its weights drawn anew"
    return Table(title, columns, rows) if rows else None


def heatmap_verdict(contents: StudyFolder, findings: Findings) -> str:
    """Which maps fail the check, in a sentence."""
    table = contents.heatmaps
    if table.empty:
        return ""
    failed = [
        f"{title.split(',')[0]} of {name} ({decimal(float(found.mean()))})"
        for name in findings.looks
        for kind, title in METHODS.items()
        for found in [table.loc[table["recipe"] == name, f"{kind}correlation_with_random"]]
        if depends_on_weights(found) is False
    ]
    if failed:
        return (
            f"These show the image rather than what was learned: {'; '.join(failed)}. Do not "
            "read them as reasons."
        )
    return "No map fails the check with weights drawn anew."


def _checked(correlations: "pd.Series[float]") -> Sequence[Cell]:
    known = correlations.dropna()
    if known.empty:
        nothing = Cell(MISSING, order=float("nan"))
        return nothing, Cell("not known: the maps are empty")
    mean = float(known.mean())
    ends = interval(float(known.min()), float(known.max()))
    told = f"{ends}; {count(len(known), 'image')}"
    fails = depends_on_weights(known) is False
    verdict = "shows the image, not what was learned" if fails else "changes with the weights"
    return Cell(decimal(mean), told, order=mean), Cell(capital(verdict), tone="bad" * fails)


def _size(grid: float) -> str:
    return f"{grid:.0f} × {grid:.0f}"

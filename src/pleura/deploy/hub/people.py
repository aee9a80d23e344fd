"""The images and patients that a model was trained and tested on, as its card tells of them.

Groups of fewer than five patients are not counted out: whoever knows a hospital could recognise
them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pleura.data.columns import recorded
from pleura.data.rule import ENSEMBLES, SETS
from pleura.deploy.hub.markdown import Ready, blank, grid, joined
from pleura.deploy.hub.origin import Origin
from pleura.deploy.hub.small import FEWER, counted, in_all
from pleura.report.folder import Folder, of_draw
from pleura.report.numbers import capital, listing
from pleura.report.sections.flow import BY_PART, ORDER, find_flow, parts_of
from pleura.report.table import Table
from pleura.tables import MEMBERS

SAID = {
    SETS: "kept for prediction sets",
    ENSEMBLES: "kept for ensembles",
}
TEST = "test"
BOTH = ("age", "sex")  # without which patients are not described
UNTOLD = (
    "where and when the images were acquired, and on which devices",
    "who was eligible, and who was left out before the table was made",
    "how the reference standard was obtained, and by whom",
)


def data_told(origin: Origin) -> str:
    """The images and patients of the study, and what was left out."""
    study = origin.study
    if study is None:
        return f"Not told here: images and patients by part; {origin.why}."
    flow, contents = find_flow(study), study.recipes.contents
    left_out = "; ".join(f"left out: {each}" for each in flow.left_out)
    simulated = contents.data.get("simulated")
    by_part = contents.table(BY_PART)
    groups = by_part.groupby("column", sort=False)["group"].unique()
    alike = [f"{column} {names[0]}" for column, names in groups.items() if len(names) == 1]
    return joined(
        f"Studied: {flow.studied}." if flow.studied else "",
        f"{capital(left_out)}." if left_out else "",
        f"{flow.clips}." if flow.clips else "",
        "The images are simulated." if simulated else "",
        f"Alike for all: {listing(alike)}." if alike else "",
        "Patients never cross parts.",
    )


def parts(origin: Origin, card: Mapping[str, Any]) -> Ready:
    """Images and patients of each part in the trainings of the model, by class."""
    if origin.study is None:
        return Ready("")
    contents = _drawn(origin.study.recipes.contents, card)
    hidden = _hidden(contents)
    rows = []
    for part in parts_of(contents):
        name = part.name.partition(",")[0]
        instead = hidden.get(name, "")
        told = [counted(its, total=not instead) for its in _by_class(contents, name)]
        size = FEWER + " patients" if instead == FEWER else instead or part.sizes
        rows.append((_said(part.name), size, *map(_range, zip(*told, strict=True))))
    return grid(("Patients by part", "In all", *contents.labels), rows)


def demographics(origin: Origin, card: Mapping[str, Any]) -> Ready:
    """Patients by part and by what the table of the study tells of them."""
    if origin.study is None:
        return Ready("")
    contents = origin.study.recipes.contents
    table, hidden = contents.table(BY_PART), _hidden(_drawn(contents, card))
    here = [part for part in dict.fromkeys([*ORDER, *table["part"]]) if part in set(table["part"])]
    several = table.groupby("column")["group"].transform("nunique") > 1
    rows = []
    for column, its in table[several].groupby("column", sort=False):
        groups = [*dict.fromkeys(its["group"])]
        by_part = its.pivot_table(index="group", columns="part", values="patients", sort=False)
        by_part = by_part.reindex(index=groups, columns=here)
        cells = [
            counted(
                by_part[part].tolist(), float(by_part[part].sum()), total=not hidden.get(part, "")
            )
            for part in here
        ]
        rows += [
            (f"{column}: {group}", *each)
            for group, each in zip(groups, zip(*cells, strict=True), strict=True)
        ]
    return grid(("Patients", *map(_said, here)), rows)


def blanks(origin: Origin) -> list[Ready]:
    """What only people know of the data."""
    known: set[str] = set()
    if origin.study is not None:
        columns = origin.study.recipes.contents.table(BY_PART)["column"]
        known = {recorded(str(name)) for name in columns}
    lacking = [name for name in BOTH if name not in known]
    every = [f"{listing(lacking)} of the patients"] if lacking else []
    return [blank(each) for each in (*every, *UNTOLD, "ethics approval or waiver, and consent")]


def maps(table: Table) -> str:
    """What the check of the heat maps of one recipe showed, in a sentence."""
    told = "; ".join(
        f"{row[1].text}: {row[-1].text[:1].lower()}{row[-1].text[1:]}" for row in table.rows
    )
    return (
        "Heat maps of test images, against those with the weights drawn anew (one that hardly "
        f"changes shows the image, not what was learned): {told}."
    )


def _drawn(contents: Folder, card: Mapping[str, Any]) -> Folder:
    """The folder with the counts of those draws alone that trained the model."""
    seeds = [each.get("seed") for each in (card, *(card.get(MEMBERS) or ()))]
    mine = [of_draw(contents.counts, {**card, "seed": seed}) for seed in seeds if seed is not None]
    chosen = contents.counts[np.logical_or.reduce(mine)] if mine else contents.counts[:0]
    return contents if chosen.empty else replace(contents, counts=chosen)


def _by_class(contents: Folder, part: str) -> tuple[list[float], list[float]]:
    """The least and the most patients of each class in a part; nan where nobody counted them."""
    counts = contents.counts[contents.counts["fraction"] == contents.counts["fraction"].max()]
    its = counts[counts["part"] == part].groupby("class")["patients"].agg(["min", "max"])
    low, high = (its[end].reindex([*contents.labels]).tolist() for end in ("min", "max"))
    return low, high


def _hidden(contents: Folder) -> dict[str, str]:
    """What is told in the place of the patients of each part, in all; "" where these are told."""
    counts = contents.counts[contents.counts["fraction"] == contents.counts["fraction"].max()]
    least = counts[counts["class"] == "all"].groupby("part", sort=False)["patients"].min()
    names = [*least.index]
    public = names.index(TEST) if TEST in names else -1  # its size stands beside all results
    groups = [_by_class(contents, name)[0] for name in names]
    return dict(zip(names, in_all([*map(float, least)], groups, public), strict=True))


def _said(part: str) -> str:
    name, comma, rest = part.partition(",")
    return f"{SAID.get(name, name)}{comma}{rest}"


def _range(ends: tuple[str, str]) -> str:
    """The least and the greatest of trainings that differ, as they are told."""
    low, high = ends
    return low if low == high else f"{low} to {high}"

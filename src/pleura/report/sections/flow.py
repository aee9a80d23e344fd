"""How images and patients came in, what was left out and why, and who they are, by part."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pleura.report.folder import Folder, TableFile
from pleura.report.numbers import capital, counts, of_labels, span
from pleura.report.section import Blocks, Section, Words
from pleura.report.sizes import CLIPS, has_clips, sizes, total_of, what_is_seen
from pleura.report.study import Study
from pleura.report.table import NOTHING_KNOWN, Cell, Column, Table
from pleura.tables import DEMOGRAPHICS
from pleura.wording import count

BY_PART = TableFile(DEMOGRAPHICS, ("column", "group", "part"), ("patients", "images"))
MATCHING = re.compile(r"([\d,]+) of ([\d,]+) rows match")
# Notes that tell how many rows are not studied; `why` goes on from "left out: 12 rows, ...".
LEFT_OUT = (
    re.compile(r"rows left out, (?P<why>.*): (?P<rows>[\d,]+)$"),
    re.compile(r"(?P<rows>[\d,]+) rows? left out, (?P<why>.*)$"),
    re.compile(r"rows that (?P<why>repeat the header).*: (?P<rows>[\d,]+) \("),
)
FEWER = re.compile(r"(?P<some>[\d,]+) of (?P<all>[\d,]+) patients are studied")
# Notes on what was counted as one, without the names that follow.
MERGED = (
    re.compile(r"(?P<what>patients who share an image count as one \([^)]*\))"),
    re.compile(r"(?P<what>images with the pixels of another image of their patient: [\d,]+)"),
    re.compile(r"(?P<what>labels studied as one, .*)"),
)
ORDER = ("train", "validation", "test")


@dataclass(frozen=True)
class Part:
    """The images and patients of one part: its `sizes`, how many there are of each class, counted
    as `Flow.counted` says, and its sizes at smaller fractions of the labels."""

    name: str
    sizes: str
    classes: Sequence[tuple[str, str]]
    smaller: Sequence[str]


@dataclass(frozen=True)
class Flow:
    """`rows` of the table ("" where nobody counted them), `left_out` of them and why, the `clips`
    among the others and their frames ("" without clips), the images and patients that are
    `studied`, what was `merged`, and the parts of a fold, whose classes are `counted` in images,
    frames or clips."""

    rows: str
    left_out: Sequence[str]
    clips: str
    studied: str
    merged: Sequence[str]
    parts: Sequence[Part]
    counted: str
    folds: int


def find_flow(study: Study[Folder]) -> Flow:
    """The way of the images of a study's own table, by its notes, and the sizes of its parts."""
    contents = study.recipes.contents
    notes, seen = contents.notes, what_is_seen(contents)
    left_out = list(_left_out(notes))
    fewer = [match for note in notes if (match := FEWER.match(note))]
    matching = [match for note in notes if (match := MATCHING.match(note))]
    rows = seen.rows + sum(number for number, _ in left_out) if seen.rows else 0
    if fewer:  # nobody counted the images of those who are not studied
        rows = _number(matching[0][2]) if matching else 0
    why = [f"{counts(number, number, 'row')}: {reason}" for number, reason in left_out]
    for match in fewer:
        number = _number(match["all"]) - _number(match["some"])
        why.append(f"{counts(number, number, 'patient')}: only some were studied, for a quick try")
    counted = [match["what"] for note in notes for of in MERGED if (match := of.match(note))]
    merged = [capital(what.replace("(1 times)", "(once)")) for what in counted]
    studied = sizes(total_of(contents), seen.noun)
    return Flow(
        rows=f"{rows:,}" if rows else "",
        left_out=why,
        clips=seen.told,
        studied=studied,
        merged=merged,
        parts=parts_of(contents),
        counted=counted_by(contents),
        folds=int(contents.counts["fold"].nunique()),
    )


def _left_out(notes: Sequence[str]) -> list[tuple[int, str]]:
    """The rows that each note left out, and why."""
    every = []
    for note in notes:
        if match := MATCHING.match(note):
            number = _number(match[2]) - _number(match[1])
            every.append((number, "not what the study file selects (where)"))
        for pattern in LEFT_OUT:
            if match := pattern.match(note):
                every.append((_number(match["rows"]), match["why"]))
                break
    return [(number, why) for number, why in every if number]


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def counted_by(contents: Folder) -> str:
    """The column by which images of a class are counted: clips where every image is of one."""
    noun = what_is_seen(contents).noun
    return CLIPS if noun == "frame" and has_clips(contents.counts) else f"{noun}s"


def parts_of(contents: Folder) -> list[Part]:
    """The parts at the largest fraction; where seeds or folds differ, with ranges."""
    table, noun = contents.counts, what_is_seen(contents).noun
    column = CLIPS if counted_by(contents) == CLIPS else "images"
    largest = table["fraction"].max()
    names = list(dict.fromkeys([*ORDER, *table["part"]]))
    parts = []
    for name in names:
        mine = table[table["part"] == name]
        here = mine[mine["fraction"] == largest]
        if here.empty:
            continue
        told = sizes(here[here["class"] == "all"], noun)
        classes = [
            (of, span(its[column].min(), its[column].max()))
            for of in contents.labels
            if len(its := here[here["class"] == of])
        ]
        others = mine[(mine["class"] == "all") & (mine["fraction"] != largest)]
        smaller = [
            f"{of_labels(float(str(fraction)))}: {fewer}"
            for fraction, its in others.groupby("fraction")
            if (fewer := sizes(its, noun)) != told
        ]
        share = "" if largest == 1 or name != "train" else f", {of_labels(largest)}"
        parts.append(Part(f"{name}{share}", told, classes, smaller))
    return parts


def demographics_table(table: pd.DataFrame, column: str, noun: str = "image") -> Table:
    """Patients by part and group of one column, with shares of the part's patients; beneath them
    their clips where these are known, or else their images, each called by the `noun`."""
    under = (CLIPS, "clip") if has_clips(table) else ("images", noun)
    mine = table[table["column"] == column]
    parts = [part for part in dict.fromkeys([*ORDER, *mine["part"]]) if part in set(mine["part"])]
    sums = mine.groupby("part")["patients"].sum()
    rows = []
    for group, of in mine.groupby("group", sort=False):
        by_part = of.set_index("part")
        rows.append(
            [
                Cell(str(group)),
                *(
                    Cell(
                        f"{by_part.loc[part, 'patients']:,.0f} "
                        f"({by_part.loc[part, 'patients'] / sums[part]:.0%})",
                        count(float(str(by_part.loc[part, under[0]])), under[1]),
                        order=float(str(by_part.loc[part, "patients"])),
                    )
                    if part in by_part.index
                    else NOTHING_KNOWN
                    for part in parts
                ),
            ]
        )
    return Table.of(
        f"Patients by {column}", rows, capital(column), *(Column(part) for part in parts)
    )


def _blocks(study: Study[Folder], flow: Flow) -> Blocks:
    yield Words("diagram", flow=flow)
    contents = study.recipes.contents
    by_part, noun = contents.table(BY_PART), what_is_seen(contents).noun
    if len(by_part):
        groups = by_part.groupby("column", sort=False)["group"].unique()
        alike = {column: names[0] for column, names in groups.items() if len(names) == 1}
        yield Words("demographics", alike=alike, several=len(alike) < len(groups))
        for column in groups.index.difference([*alike], sort=False):
            yield demographics_table(by_part, str(column), noun)


SECTION: Section[Folder, Flow] = Section("flow", find_flow, _blocks, open=9)

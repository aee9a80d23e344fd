"""Finds names of a manifest that differ in spelling only, to refuse them with their rows or to make
them one."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from pleura.data.names import alike, is_nothing, name_key, word_key
from pleura.wording import how_often

SameName = Literal["refuse", "merge", "as_written"]
Describe = Callable[[int], str]

KEYS: Mapping[str, Callable[[str], str]] = {
    "patient": name_key,
    "video": name_key,
    "source": word_key,
}
CURE = (
    "same_name: merge under data: makes one of names that differ in spelling only; "
    "same_name: as_written keeps patients, videos and sources apart, where they are different."
)
NAMED = 3


@dataclass(frozen=True)
class Spelled:
    """A table in which no two names differ in spelling only, except those that are problems.

    `merged` gives the patient by each name in the file that was replaced; `notes` are for the
    report.
    """

    table: pd.DataFrame
    merged: Mapping[str, str]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def clear_nothing(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table without videos and sources that are words for nothing, whose cells become empty;
    and notes.

    A patient of such a name is refused elsewhere, since every image needs a patient.
    """
    notes: list[str] = []
    for column in ("video", "source"):
        words = [name for name in table[column].unique() if name and is_nothing(name)]
        if words:
            here = table[column].isin(words)
            which = ", ".join(map(repr, words[:NAMED]))
            notes.append(f"cells of {column} that name nothing ({which}): {int(here.sum())}")
            table = table.assign(**{column: table[column].mask(here, "")})
    return table, tuple(notes)


def one_spelling(
    table: pd.DataFrame, describe: Describe, same_name: SameName, *, by_video: bool
) -> Spelled:
    """Find patients, videos and sources of `table` that differ in spelling only.

    They are refused, or get the spelling that stands first, or are kept as they are written.
    `by_video`: no patient is known but by the video, so that their names are the videos'.
    `describe` names a row by its index.
    """
    if same_name == "as_written":
        return Spelled(table, {})
    problems: list[str] = []
    notes: list[str] = []
    before = table["patient"]
    for column, key in KEYS.items():
        if column == "patient" and by_video:
            continue
        names = [name for name in table[column].unique() if name and not is_nothing(name)]
        groups = alike(names, key)
        if same_name == "refuse":
            problems += _refused(table, column, groups, describe)
        elif groups:
            notes.append(note_of(column, groups))
            cells = _unified(table[column], groups)
            if column == "video" and by_video:
                # What is no video there is an image, which is not to be touched.
                named = table["patient"].mask(table["video"] != "", cells)
                table = table.assign(patient=named)
            table = table.assign(**{column: cells})
    pairs = zip(before, table["patient"], strict=True)
    merged = {old: new for old, new in dict.fromkeys(pairs) if old != new}
    return Spelled(table, merged, tuple(problems), tuple(notes))


def labels_apart(
    labels: "pd.Series[str]",
    describe: Describe,
    classes: Sequence[str] | None,
    new_names: Mapping[str, str],
) -> list[str]:
    """A problem for every set of labels, and of names among `classes`, that differ in spelling
    only.

    Labels that get the same of the `new_names` are no problem. `describe` names a row by its index.
    """
    problems = []
    for names in alike(sorted({*labels, *(classes or ())} - {""}), word_key):
        asked = classes is None or set(names) & set(classes)
        if asked and not _become_one(names, new_names):
            rows = [
                describe(int(np.argmax(labels == name))) for name in names if (labels == name).any()
            ]
            here = [name for name in names if (labels == name).any()]
            absent = [name for name in names if name not in here]
            cure = ""
            if absent and here:
                cure = (
                    f"; no row has {', '.join(map(repr, absent))}, did you mean "
                    f"{' or '.join(map(repr, here))}?"
                )
            problems.append(
                f"labels {', '.join(map(repr, names))} differ in {_difference(names)} only: "
                f"{', '.join(rows)}{cure}"
            )
    return problems


def _difference(names: Sequence[str]) -> str:
    digits = {"".join(filter(str.isdigit, name)) for name in names}
    rest = "case, blanks, _ or -" if len(digits) == 1 else "zeros or a trailing .0"
    rest = f"{letters} or {rest}" if (letters := _of_other_alphabets(names)) else rest
    return f"quotes, {rest}" if {"'", '"'} & set("".join(names)) else rest


def _of_other_alphabets(names: Sequence[str]) -> str:
    """The first letter of `names` that another of them may have in Latin, by its name, since nobody
    sees which it is: `CYRILLIC SMALL LETTER A`; "" where there is none."""
    letters = (unicodedata.name(each, "") for name in names for each in name if not each.isascii())
    return next((it for it in letters if it.startswith(("CYRILLIC", "GREEK"))), "")


def one_label(
    labels: "pd.Series[str]", classes: Sequence[str], new_names: Mapping[str, str]
) -> tuple["pd.Series[str]", tuple[str, ...]]:
    """A column in which labels that differ in spelling only have become one, and notes.

    The spelling is that in `classes` or `new_names`, if one is there, else the first in the table.
    Labels that get the same new name are left as they are, since that makes them one.
    """
    names = filter(None, (*classes, *new_names, *labels))
    groups = [group for group in alike(names, word_key) if not _become_one(group, new_names)]
    return _unified(labels, groups), (note_of("label", groups),) if groups else ()


def _become_one(names: Sequence[str], new_names: Mapping[str, str]) -> bool:
    """Whether all these names get the same new name."""
    news = {new_names.get(name) for name in names}
    return len(news) == 1 and None not in news


def _unified(cells: "pd.Series[str]", groups: Sequence[Sequence[str]]) -> "pd.Series[str]":
    """A column in which the first spelling of each group stands for the others."""
    first = {other: one for one, *others in groups for other in others}
    return cells.map(lambda name: first.get(name, name))


def note_of(column: str, groups: Sequence[Sequence[str]]) -> str:
    """A note on names of a column that were made one."""
    equal = "; ".join(" = ".join(group) for group in groups[:NAMED])
    more = "; ..." if len(groups) > NAMED else ""
    times = how_often(len(groups))
    return f"{column}s written in several ways count as one ({times}): {equal}{more}"


def _refused(
    table: pd.DataFrame, column: str, groups: Sequence[Sequence[str]], describe: Describe
) -> list[str]:
    first = {name: index for index, name in reversed([*enumerate(table[column])])}
    return [
        f"{describe(first[other])}: {column} {other!r} and {one!r} (row "
        f"{table['row'][first[one]]}) differ in spelling only"
        + (f", one with {letter}" if (letter := _of_other_alphabets([one, other])) else "")
        for one, *others in groups
        for other in others
    ]

"""Subgroups of the images by columns of the manifest, such as the sexes, ages, views or sites."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from pleura.data.manifest import Manifest
from pleura.data.names import alike, is_nothing, word_key
from pleura.data.number_cells import doubts, read_number_cells
from pleura.data.subgroup_column import SubgroupColumn
from pleura.wording import count

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Subgroups:
    """`table`: index and images of the manifest, one text column a column asked for, "unknown"
    where a cell says nothing. `notes` are sentences for the report, `problems` name rows."""

    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Divided:
    """The subgroup of each image, (n,) text, with notes and problems."""

    groups: Sequence[str]
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def subgroups_of(manifest: Manifest, columns: Sequence[SubgroupColumn]) -> Subgroups:
    """The subgroup of each image by each of the columns.

    Spellings of one word are one subgroup, under the commonest of them. A column that is missing,
    or says nothing anywhere, is left out and noted. An image counts where its own cell puts it,
    whatever other images of its patient say.
    """
    table = pd.DataFrame(index=manifest.table.index)
    notes: list[str] = []
    problems: list[str] = []
    for column in columns:
        name = column.name
        cells = manifest.table.get(name)
        if cells is None or cells.map(is_nothing).all():
            notes.append(f"subgroups left out, a column missing or empty: {name}")
            continue
        divided = _by_numbers(manifest, column) if column.edges else _by_words(cells)
        table[name] = list(divided.groups)
        notes += [f"subgroups, {name}: {note}" for note in divided.notes]
        notes += [f"subgroups, {name}: {note}" for note in _group_notes(table[name], manifest)]
        problems += divided.problems
    return Subgroups(table, tuple(notes), tuple(problems))


def with_subgroups(manifest: Manifest, columns: Sequence[SubgroupColumn]) -> Manifest:
    """The manifest with the notes on its subgroups and the problems of their cells."""
    by_column = subgroups_of(manifest, columns)
    notes, problems = (*manifest.notes, *by_column.notes), (*manifest.problems, *by_column.problems)
    return replace(manifest, notes=notes, problems=problems)


def _by_words(cells: "pd.Series[str]") -> _Divided:
    number = Counter(cells)
    shown: dict[str, str] = {}
    notes = []
    for spellings in alike((cell for cell in cells if not is_nothing(cell)), word_key):
        commonest = max(spellings, key=lambda each: number[each])
        shown |= dict.fromkeys(spellings, commonest)
        others = ", ".join(each for each in spellings if each != commonest)
        notes.append(f"other spellings of {commonest}: {others}")
    return _Divided(
        [UNKNOWN if is_nothing(cell) else shown.get(cell, cell) for cell in cells], notes
    )


def _by_numbers(manifest: Manifest, column: SubgroupColumn) -> _Divided:
    cells = read_number_cells(manifest, column.name, is_nothing)
    numbers = cells.numbers
    fits = np.isfinite(numbers) & (numbers >= column.edges[0]) & ~cells.empty
    low, none = "which is below the first of the edges", "which is no number to cut at"
    edges = ", ".join(f"{edge:g}" for edge in column.edges)
    cure = f"{edges}; mend the cell, empty it, or change subgroups"
    why = [f", {low if finite else none} {cure}" for finite in np.isfinite(numbers)]
    problems = cells.problems(~fits & ~cells.empty, why)
    whole = bool((numbers[fits] % 1 == 0).all()) and all(edge % 1 == 0 for edge in column.edges)
    names = [*_names(column.edges, whole=whole)]
    at = np.searchsorted(column.edges, np.where(fits, numbers, column.edges[0]), side="right") - 1
    groups = [names[i] if fit else UNKNOWN for i, fit in zip(at, fits, strict=True)]
    return _Divided(groups, [*doubts(cells)], problems)


def _names(edges: Sequence[float], *, whole: bool) -> Iterator[str]:
    """What the subgroups between edges are called; `whole`: all numbers are whole ones."""
    for low, high in pairwise(edges):
        if not whole:
            yield f"{low:g} to under {high:g}"
        else:
            yield f"{low:g} to {high - 1:g}" if high - 1 > low else f"{low:g}"
    yield f"{edges[-1]:g} and more"


def _group_notes(groups: "pd.Series[str]", manifest: Manifest) -> Iterator[str]:
    """How many are unknown, and how many patients are in several subgroups."""
    patients = pd.Series(manifest.groups, index=groups.index)
    unknown = groups == UNKNOWN
    if unknown.any():
        images = count(int(unknown.sum()), "image")
        yield f"{images} of {count(patients[unknown].nunique(), 'patient')} in the group {UNKNOWN}"
    several = int((groups.groupby(patients).nunique() > 1).sum())
    if several:
        are = "is" if several == 1 else "are"
        yield f"{count(several, 'patient')} {are} in several; images count where their cell says"
    if groups.nunique() == 1:
        yield "all images are in one group"

"""Somebody's split of the images: which image is in which part, and what stands on both sides."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.check.listed import ENOUGH, Parts, listed_in_several, refuse_folds, why_untold
from pleura.data.audit.collection import Collection
from pleura.data.audit.duplicates import find_duplicates
from pleura.data.audit.finding import Finding
from pleura.data.columns import PATIENTS
from pleura.data.index.naming import OF_FILES, PATHS
from pleura.data.manifest import Manifest
from pleura.data.names import is_nothing, name_key, part_of, word_key
from pleura.data.readers import split_address
from pleura.data.tables import read_cells
from pleura.errors import InputError
from pleura.wording import count, first_few, in_a_row

PARTS = ("split", "part", "subset", "partition", "set", "fold")  # columns, in the order of trust
PATIENT, CLIP, LISTED = "patient in two parts", "clip in two parts", "listed in two parts"
BY_PATIENT = "by patient"
Way = tuple[str, str, "pd.Series[Any]"]  # a column, how it names images, and their rows


@dataclass(frozen=True)
class TheirSplit:
    """Somebody's split of n images.

    `parts`: (n,) the part of each image, of several the first in the table; `findings`: the images
    and patients that are listed in several. `told` says how many images were found, and `untold`
    why it says little if nothing is found, "" where it says enough.
    """

    parts: Parts
    findings: Sequence[Finding]
    told: str
    untold: str


def read_split(path: Path, manifest: Manifest) -> TheirSplit:
    """Read a split of the images of a manifest: a table with a column of parts and one that names
    images, by path, file name or file name without its ending, or patients.

    Raises InputError where no column holds parts, where none names these images, and where the
    table holds several splits, such as one a fold.
    """
    table = read_cells(path, None)[0].table
    names = {name_key(str(name)): str(name) for name in table}
    column = next((names[part] for part in PARTS if part in names), None)
    if column is None:
        raise InputError(
            f"{path}: no column says in which part an image is; call it one of {', '.join(PARTS)}. "
            f"There are: {', '.join(map(str, table))}"
        )
    others = [str(name) for name in table if name != column]
    ways = [
        (name, what, found)
        for what, keys in _keys_of(manifest).items()
        for name in others
        for found in [table[name].map(keys)]
    ]
    ways = _by_name(ways)
    enough = [way for way in ways if way[2].notna().mean() >= ENOUGH]
    best = max(enough, key=_score, default=None)
    if best is None:
        raise InputError(
            f"{path}: which images are meant? No column names the images of {manifest.origin.name} "
            "by path or file name, or their patients. Give the table that the split was made of."
        )
    name, what, found = best
    _refuse_doubt(path, name, found, ways)
    cells = table[column].map(lambda cell: "" if is_nothing(cell) else part_of(cell) or cell)
    listed = pd.DataFrame({"part": cells, "row": found})
    listed = listed[listed["row"].notna() & (listed["part"] != "")].explode("row")
    refuse_folds(path, listed, table[[other for other in others if other != name]])
    parts = np.full(len(manifest), "", dtype=object)
    first = listed.drop_duplicates("row")
    parts[first["row"].to_numpy(dtype=np.int64)] = first["part"]
    some, lost = int((parts != "").sum()), int(found.isna().sum())
    told = (
        f"{path.name}: {some:,} of {count(len(manifest), 'image')} {'is' if some == 1 else 'are'} "
        f"in a part ({what}, column {name!r})"
    )
    if lost:
        fit = "fits" if lost == 1 else "fit"
        told += f"; of its {count(len(found), 'row')} {lost:,} {fit} no image"
    if what == BY_PATIENT:
        owners, kind = [f"Patient {patient}" for patient in manifest.groups], PATIENT
    else:
        clips = manifest.table["video"].tolist()
        owners = [clip or manifest.name(row) for row, clip in enumerate(clips)]
        kind = LISTED
    findings = list(listed_in_several(listed, np.array(owners, dtype=object), kind))
    return TheirSplit(parts, findings, told, why_untold(parts))


def _score(way: Way) -> tuple[bool, int, int]:
    """Whether a column is called as those of images or patients are, how many different ones it
    names, and in how many rows: a column of 0 and 1 names the files 0.png and 1.png in all of
    them, and one that counts the rows may name many more than the patients that are meant."""
    found = way[2].dropna()
    called = word_key(way[0]) in (PATIENTS if way[1] == BY_PATIENT else OF_FILES)
    return called, found.map(tuple).nunique(), len(found)


def _by_name(ways: Sequence[Way]) -> list[Way]:
    """The ways without those that take for names of images what is called as patients are and is
    most of them, or for patients what is called as images are."""
    patients = {
        name
        for name, what, found in ways
        if what == BY_PATIENT and word_key(name) in PATIENTS and found.notna().mean() >= ENOUGH
    }
    return [
        way
        for way in ways
        if (way[1] == BY_PATIENT or way[0] not in patients)
        and (way[1] != BY_PATIENT or word_key(way[0]) not in OF_FILES)
    ]


def _refuse_doubt(path: Path, name: str, found: "pd.Series[Any]", ways: Sequence[Way]) -> None:
    """Raise InputError where most cells of the column `name` are names of patients and of other
    images besides, `found` being the rows by the way that fits best: both would be a split."""
    for other, what, rows in ways:
        same = other != name or rows.notna().mean() < ENOUGH or _equal(found, rows)
        if not same:
            raise InputError(
                f"{path}: column {name!r} names patients as well as files, and not the same images "
                f"({what} and otherwise); call it 'patient' or 'image', whichever is meant"
            )


def _equal(one: "pd.Series[Any]", other: "pd.Series[Any]") -> bool:
    """Whether two ways find the same rows wherever both find any."""
    both = zip(one, other, strict=True)
    return all(
        {*its} == {*others}
        for its, others in both
        if isinstance(its, list) and isinstance(others, list)
    )


def parts_of(manifest: Manifest) -> Parts | None:
    """The parts that the table's own column `split` gives; None where it gives none."""
    cells = manifest.table["split"]
    parts = cells.map(lambda cell: "" if is_nothing(cell) else part_of(cell) or cell)
    return parts.to_numpy(dtype=object) if (parts != "").any() else None


def across(collection: Collection, *, images: bool) -> Iterator[Finding]:
    """Patients and clips of a collection that are in two of its `parts`; with `images` also images
    that are, the same or as good as the same. Each is a leak."""
    manifest = collection.manifest
    parts = np.asarray(collection.parts, dtype=object)
    yield from _in_two(manifest, parts, manifest.groups.astype(object), PATIENT, "Patient")
    if not manifest.by_video:
        videos = manifest.table["video"].to_numpy(dtype=object)
        yield from _in_two(manifest, parts, videos, CLIP, "Clip")
    for finding in find_duplicates(collection) if images else ():
        if len({*parts[[*finding.rows]]} - {""}) > 1:
            yield replace(finding, leak=True, merge=False)


def _in_two(
    manifest: Manifest, parts: Parts, of: NDArray[np.object_], kind: str, what: str
) -> Iterator[Finding]:
    """A finding for each name in `of` (n,), however it is spelled, whose images are in several
    parts, those with most images first."""
    table = pd.DataFrame({"of": of, "part": parts})
    table = table[(table["part"] != "") & ~table["of"].map(is_nothing)]
    table["key"] = table["of"] if manifest.exact else table["of"].map(name_key)
    several = table.groupby("key")["part"].nunique()
    groups = table[table["key"].isin(several[several > 1].index)].groupby("key", sort=False)
    for _, rows in sorted(groups, key=lambda group: -len(group[1])):
        at = tuple(map(int, rows.index))
        inside = in_a_row([f"{part} ({n})" for part, n in rows["part"].value_counts().items()])
        names = list(dict.fromkeys(rows["of"]))
        also = f" (also written {first_few(names[1:])})" if names[1:] else ""
        text = f"{what} {names[0]}{also} has images in {inside}"
        yield Finding(kind, at, float(len(at)), text, leak=True)


def _keys_of(manifest: Manifest) -> Mapping[str, Callable[[str], list[int] | None]]:
    """How a cell may name images: the rows that it names. One that is not of one image or clip
    alone names none."""
    paths = [str(split_address(manifest.name(row))[0]) for row in range(len(manifest))]
    clips = [clip or str(row) for row, clip in enumerate(manifest.table["video"])]

    def unique(
        keys: list[str], of_cell: Callable[[str], Iterable[str]]
    ) -> Callable[[str], list[int] | None]:
        rows: dict[str, list[int]] = {}
        for row, key in enumerate(keys):
            rows.setdefault(key, []).append(row)
        single = {key: of for key, of in rows.items() if len({clips[row] for row in of}) == 1}
        return lambda cell: next((single[key] for key in of_cell(cell) if key in single), None)

    patients: dict[str, list[int]] = {}
    for row, patient in enumerate(manifest.groups):
        patients.setdefault(name_key(str(patient)), []).append(row)
    return {
        **{
            way: unique([of_file(path) for path in paths], of_cell)
            for way, (of_file, of_cell) in PATHS.items()
        },
        BY_PATIENT: lambda cell: patients.get(name_key(cell)),
    }

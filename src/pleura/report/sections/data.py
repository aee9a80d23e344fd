"""Patients and images, and what was done to them."""

from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath

import numpy as np
import pandas as pd

from pleura.data.rule import ENSEMBLES, SETS
from pleura.report.folder import Folder
from pleura.report.notes import data_facts, data_warnings
from pleura.report.nouns import CLASS, Noun
from pleura.report.numbers import capital, counts, of_labels, span
from pleura.report.section import Blocks, Section, Words, always
from pleura.report.sizes import what_is_seen
from pleura.report.study import Study
from pleura.report.table import NOTHING_KNOWN, Cell, Column, Table, pairs

# What a setting of the data says only where it was changed.
UNCHANGED = {"image_is_patient": False, "same_image": "refuse", "same_name": "refuse"}
# Parts that are the same with every seed, and mostly at every fraction.
SHARED = ("test", SETS, ENSEMBLES)
PARTS = ("train", "validation", *SHARED)


def data_table(
    counts: pd.DataFrame, classes: tuple[str, ...], noun: Noun = CLASS, image: str = "image"
) -> Table:
    """Patients by part and class, and their images, each of which is called `image`. Where folds
    and seeds differ, their range is given; parts that are the same at every fraction are shown
    once."""
    ranges = counts.groupby(["fraction", "part", "class"])[["patients", "images"]].agg(
        ["min", "max"]
    )
    pairs_of = counts[["fraction", "part"]].drop_duplicates().itertuples(index=False, name=None)
    keys = sorted(pairs_of, key=lambda key: (key[0], PARTS.index(key[1])))
    same = []
    for part in SHARED:
        its = [key for key in keys if key[1] == part]
        if its and all(ranges.loc[key].equals(ranges.loc[its[0]]) for key in its):
            same.append(part)
            keys = [key for key in keys if key[1] != part] + its[:1]
    sized = dict(zip(ranges.index, ranges.to_numpy(dtype=np.float64).tolist(), strict=True))
    columns = [
        Column(part, "every fraction" if part in same else of_labels(fraction))
        for fraction, part in keys
    ]
    rows = [
        [
            Cell(name if name != "all" else noun.every),
            *(_counted(sized.get((fraction, part, name)), image) for fraction, part in keys),
        ]
        for name in (*classes, "all")
        if name in set(counts["class"])
    ]
    title = f"Patients, and {image}s under them, by part and {noun.one}"
    return Table.of(title, rows, capital(noun.one), *columns)


def _counted(sizes: Sequence[float] | None, image: str) -> Cell:
    """Cell of the fewest and most patients and the fewest and most images of a part."""
    if sizes is None:
        return NOTHING_KNOWN
    low, high, fewest, most = sizes
    return Cell(span(low, high), counts(fewest, most, image), order=high)


def settings_table(data: Mapping[str, object]) -> Table:
    """What the study file says about the data; of the manifest's path only the file's name, since
    a folder says nothing on another machine."""
    shown = dict(data)
    if isinstance(manifest := shown.get("manifest"), str):
        shown["manifest"] = PureWindowsPath(manifest).name or manifest
    values = {
        key: in_plain_words(value)
        for key, value in shown.items()
        if value not in (None, "", {}, []) and UNCHANGED.get(key) != value
    }
    return pairs("The data", values, ("Setting", "Value"))


def in_plain_words(value: object) -> str:
    """`source: Kermany*, Mooney*; view: PA` for a mapping, `a, b` for a list, `yes` for true."""
    match value:
        case Mapping():
            given = {key: each for key, each in value.items() if each not in (None, [], {})}
            return (
                "; ".join(f"{key}: {in_plain_words(each)}" for key, each in given.items())
                or "given"
            )
        case list():
            return ", ".join(map(in_plain_words, value))
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _blocks(study: Study[Folder], _: bool) -> Blocks:
    contents = study.contents
    yield Words(split_hash=str(contents.split.get("hash", "")))
    image = what_is_seen(contents).noun
    yield data_table(contents.counts, contents.labels, study.findings.noun, image)
    if facts := data_facts(contents):
        yield Words("facts", facts=facts)
    if (settings := settings_table(contents.data)).rows:
        yield settings


SECTION = Section("data", always, _blocks, lambda study, _: data_warnings(study.contents), warns=90)

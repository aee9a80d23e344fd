"""Comments of a study file on what its table holds."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pleura.data.columns import is_age
from pleura.data.manifest import Manifest
from pleura.data.names import is_missing, word_key
from pleura.data.readers import split_address
from pleura.study.new.people import FEW, patients_by_name
from pleura.study.new.target import words_for_nothing
from pleura.wording import count, first_few

TELLING = 0.5  # between the share of a class that comes from a source, and that of all others
MOST_SOURCES = 20
SUBGROUPS = ("sex", "view", "site", "manufacturer", "probe")
AGES = [18, 65]
_MONTH = r"(jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]?\.?"
# 1-Jan, 01. Jan, Jan-01, 1/2/2024, 2024-02-01 00:00:00
_DATE = re.compile(
    rf"\d{{1,2}}[-. ]+{_MONTH}([-. ]+\d{{2,4}})?|{_MONTH}[-. ]+\d{{1,4}}"
    r"|\d{1,2}([./])\d{1,2}\4(\d\d|\d{4})|\d{1,2}-\d{1,2}-\d{4}|\d{4}-\d\d-\d\d( 00:00:00)?",
    re.IGNORECASE,
)


def seen_of(addresses: Sequence[str], *, clips: bool) -> str:
    """`1,341 images`; with `clips`, `288 frames of 36 clips`, and the single images besides."""
    frames = [split_address(each)[0] for each in addresses if "::" in each] if clips else []
    stills = len(addresses) - len(frames)
    of_clips = f"{count(len(frames), 'frame')} of {count(len({*frames}), 'clip')}"
    told = [of_clips] * bool(frames) + [count(stills, "image")] * bool(stills or not frames)
    return " and ".join(told)


def counts_of(manifest: Manifest, *, clips: bool = False) -> list[str]:
    """`normal: 1,341 images of 1,000 patients` of each class, finding or range; see `seen_of`."""
    return [
        f"{name}: {seen_of(manifest.table['image'][of].tolist(), clips=clips)} of "
        f"{count(len({*manifest.groups[of].tolist()}), 'patient')}"
        for name, of in manifest.members.items()
    ]


def unlabelled(table: pd.DataFrame, columns: Mapping[str, str]) -> str:
    """A sentence on the rows that say nothing of what is learned."""
    rows, words = sum(map(is_missing, table[columns["label"]])), words_for_nothing(table, columns)
    read = f" ({first_few(words)} is read as no label)" * bool(words)
    return f"{count(rows, 'row')} without a label left out{read}"


def like_dates(patients: Sequence[str]) -> list[str]:
    """A warning of patients who are called as a spreadsheet writes dates."""
    if not (dates := [*dict.fromkeys(who for who in patients if _DATE.fullmatch(who.strip()))]):
        return []
    return [
        f"{count(len(dates), 'patient')} called as a date: {first_few(dates)}. A spreadsheet makes "
        "dates of names such as 1-1, and may write one person's in two ways, or two people's in "
        "one: compare with the table as it was before"
    ]


def notes_on_split(manifest: Manifest, rule: Mapping[str, Any], why: str) -> list[str]:
    """How patients are divided, `why` not by the table's parts, and whether the source tells the
    class."""
    if rule.get("test") == "split":
        validates = "" if rule["validation"] == "split" else "; validation is drawn by patients"
        notes = [f"the test part is that of the table's column of parts{validates}"]
    elif "folds" in rule:
        notes = ["few patients of a class: every patient tests once, in one of the folds"]
    else:
        notes = ["shares of the patients: those that test, and those of the rest that validate"]
    if why:
        notes.append(f"the table's column of parts is not used: {why}")
    patients = patients_by_name(manifest)
    rarest = min(patients, key=lambda name: patients[name])
    if patients[rarest] < FEW:
        notes.append(
            f"{rarest} has {count(patients[rarest], 'patient')}: so few can hardly show anything, "
            "whatever the figures say"
        )
    return [*notes, *_of_sources(manifest)]


def _of_sources(manifest: Manifest) -> Iterator[str]:
    """A line on the source and the class that tell each other best, if they do."""
    sources, classes = manifest.table["source"], manifest.table["label"]
    if manifest.targets is not None or sources.nunique() < 2 or classes.nunique() < 2:
        return
    of_both = pd.crosstab(sources, classes)
    counts = of_both.to_numpy(dtype=np.float64)
    inside = counts / counts.sum(axis=0)
    outside = (counts.sum(axis=1)[:, None] - counts) / (counts.sum() - counts.sum(axis=0))
    at, of = divmod(int(np.argmax(inside - outside)), counts.shape[1])
    if inside[at, of] - outside[at, of] >= TELLING:
        yield (
            f"{inside[at, of]:.0%} of the images of {of_both.columns[of]} come from "
            f"{of_both.index[at]}, and {outside[at, of]:.0%} of all others: networks can learn the "
            "source. The report looks into that; where: {source: ...} under data keeps one"
        )


def subgroup_hint(table: pd.DataFrame) -> list[str]:
    """A line that looks at results by sex, age and the like, where the table has them, to be made
    part of the file by taking its mark away."""
    by: list[str] = []
    for name in map(str, table):
        known = {*table[name]} - {""}
        if word_key(name) in SUBGROUPS and 1 < len(known) <= MOST_SOURCES:
            by.append(name)
        elif is_age(name) and (edges := _edges(table[name])):
            by.append(f"{{{name}: {edges}}}")
    return [f"subgroups: [{', '.join(by)}]  # results by these; take the first # away"] * bool(by)


def _edges(ages: "pd.Series[str]") -> list[int]:
    """The `AGES` that have patients on both sides; none where most ages are missing."""
    known = pd.to_numeric(ages.str.extract(r"^0*(\d+(?:\.\d+)?)", expand=False), errors="coerce")
    if sum(map(is_missing, ages)) >= len(ages) / 2:
        return []
    return [age for age in AGES if (known < age).any() and (known >= age).any()]

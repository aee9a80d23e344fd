"""Comments of a study file on what its table holds."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pleura.data.columns import is_age
from pleura.data.manifest import Manifest
from pleura.data.names import is_missing, word_key
from pleura.study.new.people import FEW, patients_by_name
from pleura.wording import count

TELLING = 0.5  # between the share of a class that comes from a source, and that of all others
MOST_SOURCES = 20
SUBGROUPS = ("sex", "view", "site", "manufacturer", "probe")
AGES = [18, 65]


def counts_of(manifest: Manifest) -> list[str]:
    """`normal: 1,341 images of 1,000 patients` of each class, finding or range."""
    return [
        f"{name}: {count(int(of.sum()), 'image')} of "
        f"{count(len({*manifest.groups[of].tolist()}), 'patient')}"
        for name, of in manifest.members.items()
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
        elif is_age(name) and sum(map(is_missing, table[name])) < len(table) / 2:
            by.append(f"{{{name}: {AGES}}}")
    return [f"subgroups: [{', '.join(by)}]  # results by these; take the first # away"] * bool(by)

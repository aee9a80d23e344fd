"""Which images and patients a study has, for people: classes by sources and parts."""

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from pleura.data.compound_labels import few, several_findings
from pleura.data.manifest import Manifest
from pleura.data.names import is_nothing
from pleura.data.split import Split
from pleura.wording import aligned, count

NO_FINDING = "none"  # a word for nothing that is a class in many collections


def describe_data(manifest: Manifest, split: Split, *, seed: int, fraction: float) -> str:
    """A table of images, and of patients in brackets, by class, source and part.

    The parts are those of `seed` and `fraction`, and of the first fold where there are several.
    """
    parts = split.parts(0, seed, fraction)
    columns = parts.by_name
    part_of = np.full(len(manifest), "", dtype=object)
    for part, rows in columns.items():
        part_of[rows] = part
    images = manifest.table.assign(patient=manifest.groups, part=part_of)
    every = images[images["part"] != ""]
    by_member = replace(manifest, table=images).by_member()
    used = by_member[by_member["part"] != ""].rename(columns={"label": "class"})
    keys = [key for key in ("class", "source") if used[key].nunique() > 1] or ["class"]
    lines = [[*keys, *columns, "all"]]
    for of, cell in used.groupby(keys, sort=True):
        names = of if isinstance(of, tuple) else (of,)
        lines.append([*(str(name) or "(none)" for name in names), *_counts(cell, [*columns])])
    if len(lines) > 2:
        lines.append(["all", *[""] * (len(keys) - 1), *_counts(every, [*columns])])
    folds = f", fold 0 of {split.folds}" if split.folds > 1 else ""
    share = "" if fraction == 1 else f", {fraction:.0%} of the training patients"
    left = len(images) - len(every)
    head = f"images (patients) of seed {seed}{folds}{share}"
    head += f"; {count(left, 'image')} {'is' if left == 1 else 'are'} in no part" if left else ""
    numbers = range(len(keys), len(lines[0]))
    return "\n".join([head, *(f"  {line}" for line in aligned(lines, numbers))])


def questions(manifest: Manifest, classes: Collection[str] = ()) -> list[str]:
    """What the data leave open, for the user to answer; `classes` are those that the study file
    lists."""
    if not manifest.labelled:
        return []
    question = several_findings(manifest.classes)
    asked = [question] if question else []
    nothing = [
        name
        for name in manifest.classes
        if is_nothing(name) and name not in classes and name.casefold() != NO_FINDING
    ]
    if nothing:
        asked.append(
            f"labels that name nothing ({few(nothing)}) count as "
            f"{'classes' if nothing[1:] else 'a class'}, to be told apart from all others: are "
            "they meant so? Then list them under data: {classes: [...]}; leave them out there, or "
            "by where: {label: ...}, if their images have no known label"
        )
    return asked


def _counts(rows: pd.DataFrame, parts: list[str]) -> Iterator[str]:
    """`images (patients)` of each part and of all; `-` for none."""
    for part in (*parts, "all"):
        here = rows if part == "all" else rows[rows["part"] == part]
        yield f"{len(here)} ({here['patient'].nunique()})" if len(here) else "-"

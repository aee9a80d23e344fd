"""A few patients of every kind, to try a study out quickly."""

import hashlib
from collections import defaultdict
from dataclasses import replace

import numpy as np

from pleura.data.manifest import Manifest
from pleura.data.names import part_of


def few_patients(manifest: Manifest, count: int) -> Manifest:
    """The manifest with at most `count` patients of each label, source and part of the split.

    Patients are taken with all their images, in the order of a digest of their names, so that they
    are the same each time. A patient of several labels counts for each of them; the labels of
    findings are each that is there, and each that is known not to be.
    """
    table, groups = manifest.table, manifest.groups
    order = sorted(set(groups), key=lambda group: hashlib.sha256(group.encode()).digest())
    kinds: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    columns = ["patient", "label", "source", "split"]
    for group, label, source, split in manifest.by_member()[columns].itertuples(index=False):
        kinds[group].add((label, source, part_of(split) or split))
    taken: dict[tuple[str, ...], int] = defaultdict(int)
    chosen = set()
    for group in order:
        if any(taken[kind] < count for kind in kinds[group]):
            chosen.add(group)
            for kind in kinds[group]:
                taken[kind] += 1
    if len(chosen) == len(order):
        return manifest
    rows = np.array([group in chosen for group in groups])
    note = f"{len(chosen)} of {len(order)} patients are studied (`data.patients: {count}`)"
    smaller = table[rows].reset_index(drop=True)
    targets = None if manifest.targets is None else manifest.targets[rows]
    return replace(manifest, table=smaller, targets=targets, notes=(*manifest.notes, note))

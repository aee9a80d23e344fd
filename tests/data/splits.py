"""Manifests and rules that the tests of splits share, and what every split must hold to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pleura.data.columns import OPTIONAL
from pleura.data.manifest import Manifest
from pleura.data.rule import Rule
from pleura.data.split import Parts, Split

USUAL = Rule(test=0.25, validation=0.2, seeds=[0, 1], fractions=[0.5, 1.0])


def usual(**changes: Any) -> Rule:
    return Rule.model_validate({**USUAL.model_dump(), **changes})


def manifest_of(
    patients: Sequence[str], labels: Sequence[str], **columns: Sequence[str]
) -> Manifest:
    n = len(patients)
    table = pd.DataFrame({name: list(columns.get(name, [""] * n)) for name in OPTIONAL})
    table = table.assign(
        image=[f"/data/{number}.png" for number in range(n)],
        label=list(labels),
        patient=list(patients),
        row=range(2, n + 2),
    )
    return Manifest(table, tuple(sorted(set(labels))), Path("/data/images.csv"))


def usual_manifest(n: int = 60, **columns: Sequence[str]) -> Manifest:
    patients = [f"p{number // 2:02}" for number in range(n)]
    return manifest_of(patients, ["ab"[number // 2 % 2] for number in range(n)], **columns)


def groups_of(manifest: Manifest, parts: Parts) -> list[set[str]]:
    return [set(manifest.groups[rows]) for rows in (parts.train, parts.validation, parts.test)]


def assert_sound(manifest: Manifest, split: Split, rule: Rule) -> None:
    """No group in two parts, smaller fractions inside larger ones, every class in every part."""
    for fold in range(split.folds):
        for seed in rule.seeds:
            inner: list[set[str]] | None = None
            for fraction in sorted(rule.fractions):
                parts = split.parts(fold, seed, fraction)
                for rows in (parts.train, parts.validation, parts.test):
                    assert rows.dtype == np.int64
                    assert (np.diff(rows) > 0).all()
                    assert set(manifest.labels[rows]) == set(range(len(manifest.classes)))
                groups = groups_of(manifest, parts)
                assert sum(map(len, groups)) == len(set.union(*groups))
                if inner is not None:
                    assert all(a <= b for a, b in zip(inner, groups, strict=True))
                    assert inner[2] == groups[2]
                inner = groups
                if fraction == 1:
                    rows = np.concatenate([parts.train, parts.validation, parts.test])
                    assert len(rows) == len(manifest)

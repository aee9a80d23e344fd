"""One training situation: which patients train, validate and test."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.errors import InputError
from pleura.files import digest_of
from pleura.study.context import Context
from pleura.study.study_base import StudyBase
from pleura.tasks.listed import TASKS


@dataclass(frozen=True)
class Draw:
    """A fold, seed and fraction.

    `spec` is what a training may depend on; `patients`, the digest of who is who in the training
    part, is for folds within it, and `manifest`, the key of names and patients, for tables.
    """

    fold: int
    seed: int
    fraction: float
    spec: Mapping[str, Any]
    patients: str
    manifest: str

    @property
    def title(self) -> str:
        """For people: `10 %, seed 0` and the fold where there are several."""
        return (
            f"{self.fraction:.0%}, seed {self.seed}{fold_in_title(self.fold, self.spec['folds'])}"
        )


def fold_in_title(fold: int, folds: int | None) -> str:
    """`, fold 1` where there are several folds, and nothing where there is one, or none is asked
    for.

    >>> fold_in_title(1, 5)
    ', fold 1'
    """
    return f", fold {fold}" if folds and folds > 1 else ""


def draws_of(study: StudyBase, context: Context) -> list[Draw]:
    """Every draw of a study: by fraction, fold and seed."""
    of_task = {"task": study.task} if TASKS[study.task].in_specs else {}
    return [
        _draw(context, fold, seed, fraction, of_task)
        for fraction in study.fractions
        for fold in range(context.split.folds)
        for seed in study.seeds_at(fraction)
    ]


def _draw(
    context: Context, fold: int, seed: int, fraction: float, of_task: Mapping[str, str]
) -> Draw:
    parts = context.split.parts(fold, seed, fraction)
    labels = context.labels
    if len(parts.train) < 2:
        raise InputError(
            f"fractions: {fraction:.0%} of the labels, seed {seed}: one image would train, and two "
            "must; give a larger fraction or a smaller split.validation"
        )

    def digest(rows: NDArray[np.int64]) -> str:
        return digest_of([rows.tolist(), labels[rows].tolist()])

    spec = {
        **of_task,
        "bank": context.bank.key,
        "folds": context.split.folds,
        "fold": fold,
        "seed": seed,
        "fraction": fraction,
        "train": digest(parts.train),
        "validation": digest(parts.validation),
        "test": digest(parts.test),
        "classes": list(context.manifest.outputs),
        **{name: digest(rows) for name, rows in parts.aside.items()},
    }
    patients = digest_of(context.manifest.groups[parts.train].tolist())
    return Draw(fold, seed, fraction, spec, patients, context.manifest.key)

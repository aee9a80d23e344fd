"""Images with masks that a step before the recipes learns from; no patient of theirs may test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank import Bank
from pleura.data.draw import draw_share, rarest_labels
from pleura.data.known_patients import known_again
from pleura.data.manifest import Manifest
from pleura.data.mask_bank import MaskBank
from pleura.data.split import Split
from pleura.errors import InputError, refuse
from pleura.randomness import seed_of
from pleura.study.pool import Source
from pleura.wording import count, first_few

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Material:
    """The images and masks of one of a study's `steps`; `validation` is a share of the patients.

    `left_out` are the rows by seed that the step must not see: of patients who validate in the
    study's draws of that seed, in any fold, so that nothing is chosen or calibrated on images that
    the start has learned. `source` and `licence` are the section's. Raises InputError where no
    patient would train or validate.
    """

    manifest: Manifest
    bank: Bank
    masks: MaskBank
    validation: float
    source: str = ""
    licence: str = ""
    left_out: Mapping[int, Rows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for seed in self.left_out or (0,):  # without rows left out as many are drawn by any seed
            training, validation = self.parts(seed)
            for name, rows, least in (("training", training, 2), ("validation", validation, 1)):
                if len(rows) < least:
                    left = "one image" if len(rows) else "empty"
                    raise InputError(f"{name} would be {left}: {self._too_few(seed)}")

    def parts(self, seed: int) -> tuple[Rows, Rows]:
        """Rows that train and rows that validate, whole patients, drawn anew by each seed."""
        rows = np.setdiff1d(np.arange(len(self.manifest)), self.left_out.get(seed, []))
        groups = self.manifest.groups[rows]
        strata = rarest_labels(groups, self.manifest.labels[rows]) if len(rows) else {}
        rng = np.random.default_rng(seed_of("material", seed))
        drawn = draw_share(strata, self.validation, rng) if strata else []
        validates = np.isin(groups, drawn)
        return rows[~validates], rows[validates]

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence on the patients who are left out, if there are any."""
        counts = [
            f"{len(set(self.manifest.groups[rows]))} with seed {seed}"
            for seed, rows in self.left_out.items()
        ]
        if not counts:
            return ()
        return (f"patients who validate in the study are left out of it: {', '.join(counts)}",)

    def without_validation(self, source: Source, study: Manifest, split: Split) -> "Material":
        """This material, of which `source` tells how it is known in the study, without the patients
        who validate in the study: with each seed those of all folds, as one training serves all.

        Raises InputError where too few are left.
        """
        left_out = {}
        for seed in sorted({seed for _, seed, _ in split.drawn}):
            rows = [split.validates_in(fold, seed) for fold in range(split.folds)]
            if len(
                validating := source.rows_of_same_patients(study, np.unique(np.concatenate(rows)))
            ):
                left_out[seed] = validating
        return replace(self, left_out=left_out)

    def _too_few(self, seed: int) -> str:
        """How many patients there are, and whom the study takes away."""
        groups, rows = self.manifest.groups, self.left_out.get(seed, np.zeros(0, np.int64))
        out = sorted(set(groups[rows].tolist()))
        need = (
            f"{count(len(set(groups)) - len(out), 'patient')}, of which a share of "
            f"{self.validation:g} of each label validates; {self.manifest.origin} needs three "
            "patients of a label"
        )
        if not out:
            return need
        return (
            f"{need} besides those who validate in the study with seed {seed}, as nothing may be "
            f"chosen on images that its start has learned: {first_few(out, 10)}"
        )


def refuse_tested(
    manifest: Manifest, split: Split, learned_from: Iterable[tuple[str, Source]]
) -> None:
    """Raise InputError that names every patient and image of a step's data which tests, or is kept
    aside, in any fold.

    `learned_from`: names of steps with what they learn from, and its copies of the study's images.
    Patients go by their names in the files, too, which merging (`same_image`, `same_name`) may have
    changed, in whatever spelling (`pleura.data.names`).
    """
    held_out = split.held_out
    patients = set(manifest.groups[held_out].tolist())
    does = "tests" if len(held_out) == len(split.tested) else "tests or is kept aside"
    problems = []
    rows = set(held_out.tolist())
    for name, source in learned_from:
        here = source.manifest
        for copy in source.copies:
            if copy.one not in rows:
                continue
            way = f", {copy.mirrored}" if copy.mirrored else ""
            problems.append(
                f"steps.{name}: {here.describe(copy.other)} of {here.origin.name} is "
                f"{manifest.describe(copy.one)} of {manifest.origin.name}{way}, which {does}"
            )
        if not source.strangers:
            who = "patient or video" if manifest.by_video != here.by_video else "patient"
            problems += [
                f"steps.{name}: {who} {each.name} {does}"
                + (f", as {each.here}" if each.here != each.name else "")
                for each in known_again(manifest, patients, here)
            ]
    refuse(
        "What is learned before the recipes must not hold a test patient of any fold. Leave "
        "these out of it with `where`. A self-supervised step without `data`, or with "
        "`own: true`, learns from the study's own images and leaves out those that test. Where "
        "patients are other people of the same name, say `strangers: true` there.",
        problems,
    )

"""Images with masks that a step before the recipes learns from; no patient of theirs may test."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.data.alike import Twins, find_copies
from pleura.data.bank import Bank
from pleura.data.draw import draw_share, rarest_labels
from pleura.data.known_patients import known_again
from pleura.data.manifest import Manifest
from pleura.data.mask_bank import MaskBank
from pleura.data.split import Split
from pleura.errors import InputError, refuse
from pleura.randomness import seed_of
from pleura.study.pool import Source
from pleura.wording import count

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Material:
    """The images and masks of one of a study's `steps`; `validation` is a share of the patients.

    `source` and `licence` are the section's. Raises InputError where no patient would train or
    validate.
    """

    manifest: Manifest
    bank: Bank
    masks: MaskBank
    validation: float
    source: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        # How many are drawn is the same for every seed.
        training, validation = self.parts(0)
        for name, rows, least in (("training", training, 2), ("validation", validation, 1)):
            if len(rows) < least:
                patients = len(set(self.manifest.groups))
                left = "one image" if len(rows) else "empty"
                raise InputError(
                    f"{name} would be {left}: {count(patients, 'patient')}, of which a share of "
                    f"{self.validation:g} of each label validates; {self.manifest.origin} needs "
                    "three patients of a label"
                )

    def parts(self, seed: int) -> tuple[Rows, Rows]:
        """Rows that train and rows that validate, whole patients, drawn anew by each seed."""
        groups = self.manifest.groups
        strata = rarest_labels(groups, self.manifest.labels)
        rng = np.random.default_rng(seed_of("material", seed))
        validates = np.isin(groups, draw_share(strata, self.validation, rng))
        return np.flatnonzero(~validates), np.flatnonzero(validates)


def refuse_tested(
    manifest: Manifest, bank: Bank, split: Split, learned_from: Iterable[tuple[str, Source]]
) -> None:
    """Raise InputError that names every patient and image of a step's data which tests, or is kept
    aside, in any fold.

    `learned_from`: names of steps with what they learn from.
    An image that was mirrored or saved again counts as the same (`pleura.data.alike`).
    Patients go by their names in the files, too, which merging (`same_image`, `same_name`) may have
    changed, in whatever spelling (`pleura.data.names`).
    """
    held_out = split.held_out
    patients = set(manifest.groups[held_out].tolist())
    does = "tests" if len(held_out) == len(split.tested) else "tests or is kept aside"
    problems = []
    copies: dict[str, list[Twins]] = {}  # steps tend to share their images
    for name, source in learned_from:
        here, key = source.manifest, source.bank.key
        if key not in copies:
            copies[key] = find_copies(held_out, bank, source.bank)
        for copy in copies[key]:
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

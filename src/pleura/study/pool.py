"""Images that a self-supervised step learns from, without their labels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pleura.data.alike import Twins, find_copies
from pleura.data.bank import Bank
from pleura.data.draw import draw_share, rarest_labels
from pleura.data.known_patients import known_again
from pleura.data.manifest import UNLABELLED, Manifest
from pleura.data.split import Split
from pleura.errors import InputError
from pleura.randomness import seed_of

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """One manifest that a step learns from, with its images.

    `own`: it is the study's; `strangers`: its patients are other people, though they are named as
    the study's. `copies` are its images (`other`) that show the same as one of the study (`one`).
    """

    manifest: Manifest
    bank: Bank
    own: bool = False
    strangers: bool = False
    copies: tuple[Twins, ...] = ()

    def rows_of_same_patients(self, study: Manifest, rows: Rows) -> Rows:
        """The rows of all patients who are patients of the `rows` of the study's manifest, by name
        or by an image that shows the same."""
        if self.own:
            return rows
        wanted = set(rows.tolist())
        copied = [copy.other for copy in self.copies if copy.one in wanted]
        patients = set(self.manifest.groups[copied].tolist())
        if not self.strangers:
            named = set(study.groups[rows].tolist())
            patients |= {each.patient for each in known_again(study, named, self.manifest)}
        return np.flatnonzero(np.isin(self.manifest.groups, sorted(patients)))


def compared(
    sources: Mapping[str, Sequence[Source]], study: Bank, rows: Rows
) -> dict[str, list[Source]]:
    """The sources of each step with their copies of the `rows` of the study's bank.

    An image that was mirrored or saved again is a copy, too (`pleura.data.alike`).
    """
    others = {each.bank.key: each.bank for of in sources.values() for each in of if not each.own}
    # Steps tend to share their images: a bank is compared once.
    copies = {key: tuple(find_copies(rows, study, bank)) for key, bank in others.items()}
    return {
        name: [replace(each, copies=copies.get(each.bank.key, ())) for each in of]
        for name, of in sources.items()
    }


@dataclass(frozen=True)
class Pool:
    """Images of one or several sources, whose rows follow each other.

    Patients who validate in the study's draw stay out, so that no choice is made on images that a
    network has seen; of the study's own images those that test in the fold, too, unless
    `transductive`. Of the others a share `validation` of the patients is watched and not learned
    from. `study` and `split` are the study's; `source` and `licence` tell where images come from.
    """

    sources: tuple[Source, ...]
    validation: float
    study: Manifest
    split: Split
    transductive: bool = False
    source: str = ""
    licence: str = ""

    @property
    def name(self) -> str:
        """The files that the images are listed in."""
        return ", ".join(dict.fromkeys(each.manifest.origin.name for each in self.sources))

    @property
    def banks(self) -> tuple[Bank, ...]:
        """The banks of the sources."""
        return tuple(each.bank for each in self.sources)

    @cached_property
    def groups(self) -> NDArray[np.str_]:
        """(n,) patients; those of two sources are never the same."""
        return np.concatenate(
            [np.char.add(f"{i}/", each.manifest.groups) for i, each in enumerate(self.sources)]
        )

    @cached_property
    def labels(self) -> Rows:
        """(n,) labels of the first source that has two or more, to watch by; -1 elsewhere."""
        labels = np.full(len(self.groups), -1)
        for start, each in self._labelled():
            manifest = each.manifest
            has_label = (manifest.table["label"] != UNLABELLED).to_numpy()
            labels[start : start + len(manifest)] = np.where(has_label, manifest.single_labels, -1)
        return labels

    @property
    def watched_by(self) -> str:
        """The labels to watch by, and where they are listed; empty where there are none."""
        for _, each in self._labelled():
            names = [name for name in each.manifest.classes if name != UNLABELLED]
            return f"{', '.join(names)} of {each.manifest.origin.name}"
        return ""

    def parts(self, seed: int, fold: int) -> tuple[Rows, Rows]:
        """Rows that train and rows that are watched, whole patients, drawn anew by each seed.

        Raises InputError where no patient would be left for one of them.
        """
        strata = np.empty(len(self.groups), np.int64)
        for start, each in self._placed():  # each gives its share
            after = int(strata[:start].max()) + 1 if start else 0
            strata[start : start + len(each.manifest)] = each.manifest.single_labels + after
        rows = np.setdiff1d(np.arange(len(self.groups)), self.left_out(seed, fold))
        groups = self.groups[rows]
        rng = np.random.default_rng(seed_of("pool", seed))
        strata_of_patients = rarest_labels(groups, strata[rows]) if len(rows) else {}
        drawn = draw_share(strata_of_patients, self.validation, rng) if strata_of_patients else []
        watched = np.isin(groups, drawn)
        if not watched.any() or watched.all():
            raise InputError(
                f"patients of {self.name} that neither test nor validate: {len(set(groups))}, too "
                f"few to learn from and to watch a share of {self.validation:g}"
            )
        return rows[~watched], rows[watched]

    def left_out(self, seed: int, fold: int) -> Rows:
        """Rows that must not be learned from in a draw, and are not watched either."""
        validate = self.split.validates_in(fold, seed)
        rows = [np.zeros(0, np.int64)]
        for start, each in self._placed():
            rows.append(start + each.rows_of_same_patients(self.study, validate))
            if each.own:
                held_out = self.split.held_out_of(fold)
                if self.transductive:
                    held_out = np.setdiff1d(held_out, self.split.test_of(fold))
                rows.append(start + held_out)
        return np.unique(np.concatenate(rows))

    def _labelled(self) -> list[tuple[int, Source]]:
        """The first source with two labels or more, if there is one."""
        for start, each in self._placed():
            labels = each.manifest.table["label"]
            if labels[labels != UNLABELLED].nunique() > 1:
                return [(start, each)]
        return []

    def _placed(self) -> Iterator[tuple[int, Source]]:
        """The sources with the row at which each begins."""
        start = 0
        for each in self.sources:
            yield start, each
            start += len(each.manifest)

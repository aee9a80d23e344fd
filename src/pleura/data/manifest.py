"""The manifest: one row an image, with label and patient."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.columns import OPTIONAL, REQUIRED
from pleura.data.names import composed
from pleura.data.row_problems import ADDRESSES
from pleura.data.unknowns import Unknowns
from pleura.files import digest_of
from pleura.wording import absence

UNLABELLED = "all"


@dataclass(frozen=True)
class Manifest:
    """The images of a study.

    `table` has the index 0 to n - 1 and the str columns `image, label, patient, video, frame, mask,
    lung_mask, split, source, site, view` ("" where nothing is known), the further columns `files`
    (addresses) and `extras` of the file, and `row`, the line in the file (the header is line 1).

    `problems` were found in the table; `pleura.data.audit.check` raises them together with those of
    the images. `notes` are sentences for the report.

    `labelled` says whether the labels are what shall be learned. Otherwise they only stratify, and
    a row without one has the label `all`. `merged_patients` gives, by names in the file, the
    patients that they count as. `respelled` says whether some of the problems are names that differ
    in spelling only. `exact`: names that are written in two ways are always two patients, as where
    each image is a patient of its own. `by_video`: no patient is known except by the video, whose
    name is the patient's. `targets`: (n, findings) where `classes` are findings, of which an image
    may have several: 1, 0, or -1 where one is not known; or (n,) float64 where a number is learned,
    whose name is `number`: classes are then ranges of it, which only count and stratify.
    `unknowns` is what the file leaves open of labels, None where that is nothing.
    """

    table: pd.DataFrame
    classes: tuple[str, ...]
    origin: Path
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    labelled: bool = True
    merged_patients: Mapping[str, str] = field(default_factory=dict)
    respelled: bool = False
    exact: bool = False
    by_video: bool = False
    targets: NDArray[Any] | None = None
    number: str = ""
    unknowns: Unknowns | None = None

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def labels(self) -> NDArray[Any]:
        """(n,) int64 index into `classes`; where there are findings or numbers, `targets`."""
        return self.single_labels if self.targets is None else self.targets

    @property
    def has_findings(self) -> bool:
        """Whether `classes` are findings, of which an image may have several."""
        return self.targets is not None and self.targets.ndim == 2

    @property
    def outputs(self) -> tuple[str, ...]:
        """What a network tells of an image, by name: the classes, or the number alone."""
        return (self.number,) if self.number else self.classes

    @cached_property
    def single_labels(self) -> NDArray[np.int64]:
        """(n,) one label of each image, which may stratify: the index of its class or of the range
        of its number, -1 where it is none of these; of findings 0 where the image has none, else
        1 + the rarest that it has."""
        if not self.has_findings:
            index = {name: number for number, name in enumerate(self.classes)}
            return np.array([index.get(label, -1) for label in self.table["label"]], dtype=np.int64)
        there = self.labels == 1
        by_rarity = np.argsort(there.sum(axis=0), kind="stable")
        rarest = by_rarity[np.argmax(there[:, by_rarity], axis=1)]
        return np.where(there.any(axis=1), rarest + 1, 0)

    @cached_property
    def members(self) -> dict[str, NDArray[np.bool_]]:
        """What every part of a split must have images of, and which images (n,) these are: the
        classes; or each finding, and its absence."""
        if not self.has_findings:
            return {name: self.single_labels == at for at, name in enumerate(self.classes)}
        pairs = [((name, 1), (absence(name), 0)) for name in self.classes]
        return {
            name: self.labels[:, at] == value
            for at, both in enumerate(pairs)
            for (name, value) in both
        }

    def by_member(self) -> pd.DataFrame:
        """`table` with a row for each of the `members` that an image belongs to, whose name is its
        `label`; of classes that is the table itself."""
        if not self.has_findings:
            return self.table
        parts = [self.table[of].assign(label=name) for name, of in self.members.items()]
        return pd.concat(parts, ignore_index=True)

    def contradict(self, rows: NDArray[np.int64]) -> bool:
        """Whether images at `rows` cannot be one image: they are of different classes, or a finding
        is known to be in one and known not to be in another."""
        if not self.has_findings:
            return len({*self.single_labels[rows].tolist()} - {-1}) > 1
        known = self.labels[rows]
        return bool(((known == 1).any(axis=0) & (known == 0).any(axis=0)).any())

    @cached_property
    def groups(self) -> NDArray[np.str_]:
        """(n,) what is never divided among parts: the patient, or the video where no patient is
        known."""
        return self.table["patient"].to_numpy(dtype=np.str_)

    @cached_property
    def key(self) -> str:
        """A digest of the classes and of our own columns except `row`; it is the same wherever the
        data lie.

        The columns `files` and `extras` are left out, so that a finished study can ask for more of
        them.
        """
        columns = self._cells((*REQUIRED, *OPTIONAL))
        targets = {} if self.targets is None else {"targets": self.targets.tolist()}
        return digest_of({"classes": self.classes, "columns": columns, **targets})

    def key_with(self, names: Iterable[str]) -> str:
        """A digest of `key` and the cells of further columns, for what depends on these."""
        return digest_of({"manifest": self.key, "columns": self._cells(names)})

    def names_of(self, *, videos: bool) -> dict[str, str]:
        """The patient by every name that he or she has.

        Names are those in the table, those in the file before several names were made one, and,
        with `videos`, the names of the patient's videos.
        """
        names = dict(zip(self.table["video"], self.groups.tolist(), strict=True)) if videos else {}
        names.pop("", None)
        present = set(self.groups.tolist())
        merged = {old: now for old, now in self.merged_patients.items() if now in present}
        return {**names, **merged, **{name: name for name in present}}

    def name(self, index: int) -> str:
        """The address of an image from the manifest's folder; the same wherever the data lie."""
        return self._relative(self._images[index])

    def names(self, rows: Iterable[int]) -> list[str]:
        """The addresses of several images, as `name` gives them."""
        places = np.fromiter(rows, dtype=np.int64)
        return list(map(self._relative, self.table["image"].take(places)))

    def rows(self, names: Iterable[str]) -> NDArray[np.int64]:
        """The rows of images by what `name` calls them."""
        row_of = {name: row for row, name in enumerate(self.names(range(len(self))))}
        return np.array([row_of[name] for name in names], dtype=np.int64)

    def of_rows(self, rows: NDArray[np.int64]) -> "Manifest":
        """The manifest with no other images than those at `rows`, in this order."""
        table = self.table.iloc[rows].reset_index(drop=True)
        return replace(
            self, table=table, targets=None if self.targets is None else self.targets[rows]
        )

    def describe(self, index: int) -> str:
        """How messages name a row: `row 17 (normal/a.png)`."""
        return f"row {self._lines[index]} ({self.name(index)})"

    def _cells(self, names: Iterable[str]) -> dict[str, list[str]]:
        addresses = (*ADDRESSES, *self.files)
        return {
            name: [self._relative(cell) if name in addresses else cell for cell in self.table[name]]
            for name in names
        }

    @cached_property
    def _images(self) -> list[str]:
        # A cell of a list is found a hundred times as fast as one of a table.
        return list(self.table["image"])

    @cached_property
    def _lines(self) -> list[int]:
        return list(self.table["row"])

    @cached_property
    def _base(self) -> str:
        return f"{folder_of(self.origin)}{os.sep}"

    def _relative(self, address: str) -> str:
        # Composed, since a file system may keep the name of the same file decomposed.
        return composed(address.removeprefix(self._base))


def folder_of(origin: Path) -> Path:
    """The folder from which relative paths in a manifest start."""
    return origin if origin.is_dir() else origin.parent

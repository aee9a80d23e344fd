"""The manifest: one row an image, with its label and its patient, from whatever a user has."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.columns import OPTIONAL, REQUIRED, chosen, how_to_map, refuse_absent, renamed
from pleura.data.readers import NO_SUCH_FILE, split_address
from pleura.data.tables import read_cells
from pleura.errors import InputError, nearest
from pleura.files import digest_of

ADDRESSES = ("image", "mask", "lung_mask")
UNLABELLED = "all"


@dataclass(frozen=True)
class Manifest:
    """The images of a study.

    `table`: index 0 to n - 1; str columns `image, label, patient, video, frame, mask, lung_mask,
    split, source, site, view` ("" where nothing is known), the further columns `files` (addresses)
    and `extras` of the file, and `row`, the line in the file (the header is line 1). `problems` are
    found in the table and raised by `pleura.data.audit.check` together with those of the images;
    `notes` are sentences for the report. `labelled`: whether the labels are what is to be told;
    otherwise they only stratify, and a row without one has the label `all`. `merged_patients`: who
    counts as another patient, by the name in the file.
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

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """(n,) index into `classes`."""
        index = {name: number for number, name in enumerate(self.classes)}
        return np.array([index[label] for label in self.table["label"]], dtype=np.int64)

    @cached_property
    def groups(self) -> NDArray[np.str_]:
        """(n,) what is never divided among parts: the patient, or the video where none is known."""
        return self.table["patient"].to_numpy(dtype=np.str_)

    @cached_property
    def key(self) -> str:
        """Digest of the classes and of our own columns but `row`; the same wherever the data lie.

        The columns `files` and `extras` are not in it, so that a finished study may ask for more.
        """
        columns = self._cells((*REQUIRED, *OPTIONAL))
        return digest_of({"classes": self.classes, "columns": columns})

    def key_with(self, names: Iterable[str]) -> str:
        """`key` and the cells of further columns, for what depends on them."""
        return digest_of({"manifest": self.key, "columns": self._cells(names)})

    def name(self, index: int) -> str:
        """The address of an image from the manifest's folder: the same wherever the data lie."""
        return self._relative(self.table["image"][index])

    def describe(self, index: int) -> str:
        """How messages name a row: `row 17 (normal/a.png)`."""
        return f"row {self.table['row'][index]} ({self.name(index)})"

    def _cells(self, names: Iterable[str]) -> dict[str, list[str]]:
        addresses = (*ADDRESSES, *self.files)
        return {
            name: [self._relative(cell) if name in addresses else cell for cell in self.table[name]]
            for name in names
        }

    @cached_property
    def _base(self) -> str:
        return f"{_folder_of(self.origin)}{os.sep}"

    def _relative(self, address: str) -> str:
        return address.removeprefix(self._base)


def read_manifest(
    path: Path,
    *,
    columns: Mapping[str, str] = {},
    where: Mapping[str, str | list[str]] = {},
    classes: Sequence[str] | None = None,
    image_is_patient: bool = False,
    files: Sequence[str] = (),
    extras: Sequence[str] = (),
    labelled: bool = True,
) -> Manifest:
    """Read a CSV file, a folder with one sub-folder a class, or a MedMNIST `.npz` archive.

    `columns` maps our column names to the file's. `where` keeps the rows whose column (ours or the
    file's) matches a glob pattern, or one of several;
    a pattern after `!` leaves rows out. `classes` keeps these labels, in this order;
    of an archive it names the labels 0, 1, ... The groups are patients; videos where there is no
    patient column; single images only where `image_is_patient` says so. `files` (addresses, checked
    as `mask` is) and `extras` name further columns of the file to keep; our own are kept anyway.
    With `labelled=False` labels, and their column, may be missing (see `Manifest`).

    Raises `InputError` where no table can be made; problems of single rows are kept in `problems`.
    """
    if classes is not None and len({*classes} - {""}) < len(classes):
        raise InputError(f"classes: a name twice, or an empty one, in {list(classes)}.")
    path = Path(os.path.abspath(path))  # noqa: PTH100 (resolve would follow links out of the data)
    cells, classes = read_cells(path, classes)
    cells = renamed(path, cells, columns, REQUIRED if labelled else ("image",))
    refuse_absent(path, cells.table, (*files, *extras))
    files, extras = (
        tuple(name for name in dict.fromkeys(names) if name not in (*REQUIRED, *OPTIONAL))
        for names in (files, extras)
    )
    cells = chosen(path, cells, where)
    names = [*REQUIRED, *OPTIONAL, *files, *extras]
    table = cells.table.reindex(columns=names, fill_value="")
    table.insert(len(table.columns), "row", cells.lines)
    if not labelled:
        table["label"] = table["label"].replace("", UNLABELLED)
    present = set(cells.table.columns)
    patients, patient_notes = _patients(path, table, present, image_is_patient)
    table["patient"] = patients
    climbing: set[str] = set()
    for name in (*ADDRESSES, *files):
        resolved = [_resolved(_folder_of(path), cell) for cell in table[name]]
        climbing.update(
            address for address, cell in zip(resolved, table[name], strict=True) if _climbs(cell)
        )
        table[name] = resolved
    everything = Manifest(table, (), path, files=files, extras=extras, labelled=labelled)
    problems = list(_label_problems(everything, classes))
    labels = sorted(set(table["label"]) - {""}) if classes is None else list(classes)
    wanted = table["label"].isin(labels)
    left_out = int((~wanted & (table["label"] != "")).sum())
    notes = cells.notes
    if left_out:
        notes += (f"rows left out, their label not among the classes: {left_out}",)
    table = table[wanted].reset_index(drop=True)
    if table.empty:
        raise InputError(f"{path}: no row is left to study.", problems)
    notes += patient_notes
    manifest = replace(everything, table=table, classes=tuple(labels), notes=notes)
    problems += _row_problems(manifest, climbing)
    return replace(manifest, problems=tuple(problems))


def _folder_of(origin: Path) -> Path:
    """What relative paths in a manifest start from."""
    return origin if origin.is_dir() else origin.parent


def _resolved(folder: Path, cell: str) -> str:
    return os.path.normpath(folder / cell) if cell else ""


def _climbs(cell: str) -> bool:
    """Whether a relative path leaves its folder, as in a table that somebody else has made up."""
    return Path(os.path.normpath(cell)).parts[:1] == (os.pardir,)


def _patients(
    path: Path, table: pd.DataFrame, present: set[str], image_is_patient: bool
) -> tuple[list[str], tuple[str, ...]]:
    if "patient" in present:
        if image_is_patient:
            raise InputError(
                f"{path}: image_is_patient is set, but there is a column of patients; "
                "take one of them away."
            )
        return list(table["patient"]), ()
    if image_is_patient:
        note = "every image counts as its own patient"
        if "video" in present:
            note = "every video, and every image without one, counts as its own patient"
        pairs = zip(table["video"], table["image"], strict=True)
        return [video or image for video, image in pairs], (note,)
    if "video" in present:
        return list(table["video"]), ("no patient is known: every video counts as one",)
    raise InputError(
        f"{path}: no column says which patient an image is of; "
        f"{how_to_map({'patient': 'patient'}, present)}; or set image_is_patient: true under "
        "data: if every image is of another patient."
    )


def _label_problems(manifest: Manifest, classes: Sequence[str] | None) -> Iterator[str]:
    labels = manifest.table["label"]
    for index in map(int, np.flatnonzero(labels == "")):
        yield (
            f"{manifest.describe(index)}: no label; give it one or leave such rows out "
            "with where: {label: '?*'} under data:"
        )
    alike: dict[str, list[str]] = {}
    for name in sorted({*labels, *(classes or ())} - {""}):
        # Between words only: '-1' and '1' are two labels.
        folded = re.sub(r"(?<=[^\W\d_])[_-]+(?=\w)", "", "".join(name.casefold().split()))
        alike.setdefault(folded, []).append(name)
    for names in alike.values():
        told = manifest.labelled and (classes is None or set(names) & set(classes))
        if len(names) > 1 and told:
            rows = [
                manifest.describe(int(np.argmax(labels == name)))
                for name in names
                if (labels == name).any()
            ]
            yield (
                f"labels {', '.join(map(repr, names))} differ in case, blanks, _ or - only: "
                f"{', '.join(rows)}"
            )
    for name in classes or ():
        if not (labels == name).any():
            yield f"class {name!r}: no row has this label{nearest(name, {*labels} - {''})}"


def _row_problems(manifest: Manifest, climbing: Set[str]) -> Iterator[str]:
    table = manifest.table
    first: dict[str, int] = {}
    of_video: dict[str, int] = {}
    exists: dict[Path, bool] = {}
    names = (*ADDRESSES, *manifest.files, "patient", "video")
    columns = zip(*(table[name] for name in names), strict=True)
    for index, (image, *others, patient, video) in enumerate(columns):
        where = manifest.describe(index)
        for address in filter(None, (image, *others)):
            file, _ = split_address(address)
            if address in climbing:
                yield (
                    f"{where}: {address} is outside the manifest's folder; if that is meant, "
                    "write the whole path"
                )
                continue
            if file not in exists:
                exists[file] = os.path.isfile(file)  # noqa: PTH113 (Path fails on a long name)
            if not exists[file]:
                yield f"{where}: {NO_SUCH_FILE}" + (f" {address}" if address != image else "")
        if not image:
            yield f"{where}: no image"
        elif first.setdefault(image, index) != index:
            yield f"{where}: same image as row {table['row'][first[image]]}"
        if not patient:
            yield f"{where}: no patient"
        if video and patient != table["patient"][of_video.setdefault(video, index)]:
            other = of_video[video]
            yield (
                f"{where}: video {video} is of patient {patient}, "
                f"but of {table['patient'][other]} in row {table['row'][other]}"
            )

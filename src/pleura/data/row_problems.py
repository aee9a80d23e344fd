"""Finds what is wrong with single rows and labels of a manifest, and tells it with row and file."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.data.addresses import why_missing
from pleura.data.names import is_nothing, is_shortened, word_key
from pleura.data.readers import NO_SUCH_FILE, split_address
from pleura.errors import nearest

ADDRESSES = ("image", "mask", "lung_mask")
Describe = Callable[[int], str]


def without_label(table: pd.DataFrame, describe: Describe) -> Iterator[str]:
    """Rows that have no label; `describe` names a row by its index."""
    for index in map(int, np.flatnonzero(table["label"] == "")):
        yield (
            f"{describe(index)}: no label; give it one or leave such rows out "
            "with where: {label: '?*'} under data:"
        )


def without_row(
    table: pd.DataFrame, classes: Sequence[str], new_names: Mapping[str, str]
) -> Iterator[str]:
    """Classes that no row has as its label. A class that gets one of the `new_names` is told under
    it; one that differs from a label in spelling only is told by `labels_apart`."""
    labels = {*table["label"]} - {""}
    spelled = {word_key(label) for label in labels if label not in new_names}
    for name in classes:
        if name not in labels and word_key(name) not in spelled:
            names = {new_names.get(label, label) for label in labels}
            yield f"class {name!r}: no row has this label{nearest(name, names)}"


def row_problems(
    table: pd.DataFrame, describe: Describe, files: Sequence[str], outside: Set[str]
) -> Iterator[str]:
    """Files that are not there, or that are `outside` of the manifest's folder; images that stand
    there twice, rows without a patient, patients and videos whose numbers have lost digits, and
    videos of two patients.

    `files` are further columns of addresses; `describe` names a row by its index.
    """
    first: dict[str, int] = {}
    of_video: dict[str, int] = {}
    exists: dict[Path, bool] = {}
    shortened: set[str] = set()
    names = (*ADDRESSES, *files, "patient", "video")
    columns = zip(*(table[name] for name in names), strict=True)
    lines, patients = table["row"].tolist(), table["patient"].tolist()

    def told(index: int, words: str) -> str:
        return f"{describe(index)}: {words}"

    for index, (image, *others, patient, video) in enumerate(columns):
        for address in filter(None, (image, *others)):
            file, _ = split_address(address)
            if address in outside:
                yield told(
                    index,
                    f"{address} is outside the manifest's folder; if that is meant, "
                    "write the whole path",
                )
                continue
            if file not in exists:
                exists[file] = os.path.isfile(file)  # noqa: PTH113 (Path fails on a long name)
            if not exists[file]:
                which = f" {address}" if address != image else ""
                yield told(index, f"{NO_SUCH_FILE}{which}{why_missing(str(file))}")
        if not image:
            yield told(index, "no image")
        elif first.setdefault(image, index) != index:
            yield told(index, f"same image as row {lines[first[image]]}")
        if is_nothing(patient):
            why = f" ({patient!r} names nobody; fill in who it is, or leave the row out)"
            yield told(index, f"no patient{why if patient else ''}")
        for what, name in (("patient", patient), ("video", video)):
            if name not in shortened and is_shortened(name):
                shortened.add(name)
                yield told(
                    index,
                    f"{what} {name!r} is a number of which a spreadsheet may have kept "
                    "the first digits only, so that several can have become one; save the column "
                    "as text, with all digits",
                )
        if video and patient != patients[of_video.setdefault(video, index)]:
            other = of_video[video]
            yield told(
                index,
                f"video {video} is of patient {patient}, "
                f"but of {patients[other]} in row {lines[other]}",
            )

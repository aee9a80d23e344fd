"""Files that are one image: left out where all that is known of them agrees, kept where not."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pleura.data.index.found import LeftOut
from pleura.wording import count, first_few

# What two copies must agree in: else one of them is wrong, and which one the user must say.
AGREE = ("label", "split", "patient", "source")
Row = Mapping[str, str]
Identity = tuple[str, str, int]  # of a file: the kind, and two values that copies share


def without_copies(
    folder: Path,
    paths: Sequence[Path],
    identifiers: Sequence[str],
    rows: Sequence[Row],
    left_out: LeftOut,
) -> tuple[list[int], list[str]]:
    """The places of the rows that stay, and a sentence on copies that contradict each other.

    `paths` lead from `folder` to the files of the rows, and `identifiers` are those of DICOM
    images, "" for other files. Copies are links to one file, and DICOM files of one identifier, one
    size and the same pixels, since some programs give all images one identifier. Only of files that
    share the first two are pixels read.
    """
    states = [(folder / path).stat() for path in paths]
    claims = [(name, state.st_size) for name, state in zip(identifiers, states, strict=True)]
    claimed = Counter(claims)
    first: dict[Identity, int] = {}  # place of the first file of each image
    agreeing: set[tuple[Identity, tuple[str, ...]]] = set()
    keep, odd = [], []
    for at, (path, identifier, row) in enumerate(zip(paths, identifiers, rows, strict=True)):
        cells = tuple(row.get(name, "") for name in AGREE)
        shared = identifier if claimed[claims[at]] > 1 else ""
        reasons = dict(_identities(folder / path, states[at], shared))
        if why := next((why for key, why in reasons.items() if (key, cells) in agreeing), ""):
            left_out.add(path, why)
            continue
        keep.append(at)
        if others := [first[key] for key in reasons if key in first]:
            odd.append(f"{path.as_posix()} and {paths[others[0]].as_posix()}")
        for key in reasons:
            agreeing.add((key, cells))
            first.setdefault(key, at)
    if not odd:
        return keep, []
    return keep, [
        f"warning: {count(len(odd), 'file')} kept that are copies of another with another label, "
        f"part, patient or source; one of the two is wrong: {first_few(odd)}"
    ]


def _identities(
    whole: Path, status: os.stat_result, identifier: str
) -> Iterator[tuple[Identity, str]]:
    """What tells a file from all that are no copies of it, with the reason to leave a copy out;
    `identifier` is "" unless another file of its size has the same."""
    if status.st_ino:
        yield ("file", str(status.st_dev), status.st_ino), "the same file as another, by a link"
    if identifier:
        of_dicom = "a copy of another DICOM image (its SOP Instance UID and its pixels)"
        yield ("dicom", f"{identifier} {_digest(whole)}", status.st_size), of_dicom


def _digest(path: Path) -> str:
    """A digest of the pixels of a DICOM file as they are stored; of the whole of a deflated file,
    whose header cannot be told from its pixels."""
    from pydicom import dcmread

    with path.open("rb") as file:
        dcmread(file, stop_before_pixels=True)
        pixels = file.read()
        if not pixels:
            file.seek(0)
            pixels = file.read()
    return hashlib.sha256(pixels).hexdigest()

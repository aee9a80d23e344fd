"""What a study notes of images that are cropped to their lungs: how sentences are written, and read
again for the report."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pleura.data.hidden import FRAME
from pleura.data.shortcut_settings import LungCrop
from pleura.wording import count

_DONE = re.compile(
    r"images are cropped to the box around their lungs.*, as the model (.*) finds .*"
)
_MISSING = re.compile(
    r"in ([\d,]+) images? of ([\d,]+) no usable lungs were found, .*?; by class these are (.*)"
)
_LEARNED = re.compile(r"the lung masker .* has learned from .*")
_NOT_KNOWN = re.compile(r"whether the lung masker .* has learned from .*")
_OF_CLASS = re.compile(r"(.+?) ([\d,]+) of ([\d,]+) \(\d+%\)(?:, |$)")


@dataclass(frozen=True)
class CroppedNotes:
    """What the notes of a study tell: the name of the `masker`; of how many of the `images` no
    usable lungs were found (`missing`), and of each class these two numbers. Where lungs were found
    in all images, `images` is 0: how many there are is not noted then."""

    masker: str
    missing: int = 0
    images: int = 0
    classes: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def shares(self) -> dict[str, float]:
        """The share of the images of each class without usable lungs."""
        return {name: part / of for name, (part, of) in self.classes.items()}

    @property
    def by_class(self) -> list[str]:
        """`ill 6 of 24` for each class."""
        return [f"{name} {part:,} of {of:,}" for name, (part, of) in self.classes.items()]


def write_notes(
    crop: LungCrop, masker: str, found: NDArray[np.bool_], members: Mapping[str, NDArray[np.bool_]]
) -> tuple[str, ...]:
    """What was done, and of how many images of each class no usable lungs were found: `found` (n,)
    says where they were, `members` of each class which images (n,) are of it."""
    done = f"images are {crop.said}, as the model {masker} finds them"
    missing = note_of_missing(found, members)
    return (done, missing) if missing else (done,)


def note_of_missing(
    found: NDArray[np.bool_], members: Mapping[str, NDArray[np.bool_]]
) -> str | None:
    """Of how many images of each class no usable lungs were found; None where all have some."""
    if found.all():
        return None
    missing = ~found
    shares = [
        f"{name} {(missing & of).sum():,} of {of.sum():,} ({missing[of].mean():.0%})"
        for name, of in members.items()
        if of.any()
    ]
    none = (
        f"in {count(int(missing.sum()), 'image')} of {len(missing):,} no usable lungs were "
        f"found, and they show their centre instead, which is all but the outer {FRAME:.0%} "
        "along every edge"
    )
    return f"{none}; by class these are {', '.join(shares)}"


def read_notes(notes: Iterable[str]) -> CroppedNotes | None:
    """What the `notes` of a study tell of its cropped images; None where they tell of none."""
    masker, missing = "", None
    for note in notes:
        if done := _DONE.fullmatch(note):
            masker = done[1]
        missing = missing or _MISSING.fullmatch(note)
    if not masker:
        return None
    if missing is None:
        return CroppedNotes(masker)
    classes = {
        name: (_number(part), _number(of)) for name, part, of in _OF_CLASS.findall(missing[3])
    }
    return CroppedNotes(masker, _number(missing[1]), _number(missing[2]), classes)


def write_learned(masker: str, images: int, tested: int) -> str:
    """That the `masker` has learned from `images` of those `tested`, or from their patients."""
    return (
        f"the lung masker {masker} has learned from {count(images, 'image')} of {tested:,} that "
        "test here, or from their patients, so that it crops these better than those of new "
        "patients"
    )


def write_not_known(masker: str) -> str:
    """That nobody can say this, since the study of the `masker` is gone."""
    return (
        f"whether the lung masker {masker} has learned from images or patients that test here is "
        "not known, since its study is not in the folder above it"
    )


def is_learned(note: str) -> bool | None:
    """Whether a note says that the masker has learned from what tests (True), or that this is not
    known (False); None where it says neither."""
    if _LEARNED.fullmatch(note):
        return True
    return False if _NOT_KNOWN.fullmatch(note) else None


def tells_of_cropping(note: str) -> bool:
    """Whether a note is one of `write_notes`."""
    return bool(_DONE.fullmatch(note) or _MISSING.fullmatch(note))


def _number(text: str) -> int:
    return int(text.replace(",", ""))

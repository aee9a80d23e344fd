"""What the header of a DICOM file must say of its pixels before any is decoded (NEMA PS3.3,
C.7.6.3)."""

from typing import TYPE_CHECKING

from pleura.data.readers.dicom.damaged import CURE, refusing
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset

GRAY = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
MEANINGS = {
    "SamplesPerPixel": ((1, 3), "1 for gray or a palette, 3 for colours"),
    "PixelRepresentation": ((0, 1), "0 for values without a sign, 1 for those with one"),
    "PlanarConfiguration": ((0, 1), "0 for colours pixel by pixel, 1 for plane by plane"),
}
MOST_BITS = 64


def refuse_undescribed(header: "Dataset") -> None:
    """Raise PleuraError, which names the element and says what to do, for a header from which
    nobody can tell how the pixels lie in the file."""
    allocated, stored = (_number(header, name) or 0 for name in ("BitsAllocated", "BitsStored"))
    if allocated != 1 and (allocated % 8 or not 0 < allocated <= MOST_BITS):
        what = "which is neither 1 nor 8, 16, 24 and so on"
        raise PleuraError(f"damaged: its BitsAllocated is {allocated}, {what}; {CURE}")
    if not 0 < stored <= allocated:
        what = f"which does not fit into its BitsAllocated, {allocated}"
        raise PleuraError(f"damaged: its BitsStored is {stored}, {what}; {CURE}")
    samples = _one_of(header, "SamplesPerPixel")
    kind = str(header.get("PhotometricInterpretation"))
    if samples != (1 if kind in GRAY else 3):
        raise PleuraError(f"damaged: its SamplesPerPixel is {samples}, its colours {kind}; {CURE}")
    _one_of(header, "PixelRepresentation")
    if samples > 1:
        _one_of(header, "PlanarConfiguration")


def _one_of(header: "Dataset", name: str) -> int:
    """The number of an element of `MEANINGS`. Raises PleuraError where it is missing or no such
    number."""
    allowed, meaning = MEANINGS[name]
    number = _number(header, name)
    if number is None:
        raise PleuraError(f"damaged: it lacks {name} ({meaning}); {CURE}")
    if number not in allowed:
        raise PleuraError(f"damaged: its {name} is {number} ({meaning}); {CURE}")
    return number


def _number(header: "Dataset", name: str) -> int | None:
    with refusing(f"damaged: its {name} is no whole number"):
        value = header.get(name)
        return None if value is None else int(value)

"""Which values are black and white where the files of a table do not say: as headers of DICOM tell,
or as a look at many images does."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pleura.data.depth import DARK, KEY, likely_range, stored_span
from pleura.data.index.headers import may_be_dicom
from pleura.data.readers import ReadError, read_image, split_address
from pleura.data.readers.decoded import Range
from pleura.data.readers.dicom.grayscale import grayscale_of
from pleura.data.readers.dicom.header import read_header
from pleura.data.readers.dicom.layers import layers_of
from pleura.data.readers.dicom.refused import MONOCHROME, refuse_unread
from pleura.errors import PleuraError
from pleura.wording import count

MANY = 200  # images that are decoded where headers do not tell the range
MARGIN = 0.1  # of what these span
Looked = Callable[[int, int], None]


@dataclass(frozen=True)
class OfHeader:
    """What the header of a gray DICOM file says: the smallest and the largest value that its pixels
    can have, after a rescale, whether that is all that it says of black and white (`open`), and
    whether the file wants a window or a table (`shown`)."""

    low: float
    high: float
    open: bool
    shown: bool


def of_headers(addresses: Sequence[str], looked: Looked) -> dict[str, OfHeader]:
    """The headers of the gray DICOM files among `addresses`, by address; of what cannot be read
    nothing is said. `looked` hears of each."""
    found: dict[str, OfHeader] = {}
    of_file: dict[str, OfHeader | None] = {}
    for number, address in enumerate(addresses):
        looked(number, len(addresses))
        path, _ = split_address(address)
        if not may_be_dicom(path):
            continue
        if str(path) not in of_file:
            of_file[str(path)] = _of_header(address)
        if (known := of_file[str(path)]) is not None:
            found[address] = known
    return found


def _of_header(address: str) -> OfHeader | None:
    path, _ = split_address(address)
    try:
        header = read_header(path)
        refuse_unread(header)
        if header.PhotometricInterpretation not in MONOCHROME:
            return None
        gray = grayscale_of(layers_of(header, 0))
    except (PleuraError, OSError, ValueError):
        return None
    ends = float(gray.values.min()), float(gray.values.max())
    unsaid = gray.shown is None and (gray.measured or bool(gray.unshown))
    return OfHeader(*ends, unsaid, gray.shown is not None)


def range_of(
    addresses: Sequence[str], spans: Sequence[Range], headers: dict[str, OfHeader], looked: Looked
) -> tuple[Range, str]:
    """Black and white for all of the images, and by what they are told. `spans` are those of a few
    images that do not say it.

    Headers tell it where the few images fill a quarter of what pixels can be; signed values of 16
    bits, which hold far more than any image has, tell nothing. Then `MANY` images are decoded.
    """
    if headers and all(address in headers for address in addresses):
        low = min(each.low for each in headers.values())
        high = max(each.high for each in headers.values())
        used = [*(high for _, high in spans), *(low for low, _ in spans)]
        if used and max(used) - min(used) >= DARK * (high - low):
            return (low, high), "the values that pixels can have by the DICOM headers"
    some = addresses[:: -(-len(addresses) // MANY)]
    found = [*spans, *_spans(some, looked)]
    low, high = likely_range(min(low for low, _ in found), max(high for _, high in found))
    if low < 0 and len(some) < len(addresses):  # others may reach a little further
        margin = np.ceil(MARGIN * (high - low))
        low, high = float(low - margin), float(high + margin)
    return (low, high), f"guessed by {count(len(some), 'image')} of {len(addresses):,}"


def _spans(addresses: Sequence[str], looked: Looked) -> Iterator[Range]:
    for number, address in enumerate(addresses):
        looked(number, len(addresses))
        try:
            decoded = read_image(address)
        except ReadError:  # is told by whoever reads all images
            continue
        if decoded.pixels.dtype != np.uint8:
            yield stored_span(decoded)


def told_of(addresses: Sequence[str], given: Range, how: str, headers: dict[str, OfHeader]) -> str:
    """A sentence on the range, and on the windows that it sets aside."""
    unsaid = sum(each.open for each in headers.values())
    shown = sum(each.shown for each in headers.values())
    of = f"{unsaid:,} of {count(len(addresses), 'image')} say" if unsaid else "images say"
    aside = (
        f"; it sets aside the window of the {count(shown, 'image')} whose files have one, which "
        "are shown by the same values instead: leave out one of the two kinds to keep them"
    )
    return (
        f"{of} not which values are black and white; {KEY}: [{given[0]:.6g}, {given[1]:.6g}] does "
        f"({how}): ask whoever exported them{aside if shown else ''}"
    )

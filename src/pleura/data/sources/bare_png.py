"""Shows PNGs that hold the bare values of a DICOM file, by the header that lies beside them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pleura.data.sources.png import write_png
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset

Header = Mapping[str, Any]
"""A header in the JSON model of DICOM: what each element says by its number, such as 00280004."""

PHOTOMETRIC, BITS_STORED, SIGNED = "00280004", "00280101", "00280103"
MODALITY_LUT, INTERCEPT, SLOPE = "00283000", "00281052", "00281053"
VOI_LUT, DESCRIPTOR, ENTRIES = "00283010", "00283002", "00283006"
# Elements that say how stored values are shown, by the keywords of pydicom.
SHOWN_BY = {
    "WindowCenter": "00281050",
    "WindowWidth": "00281051",
    "VOILUTFunction": "00281056",
    "PresentationLUTShape": "20500020",
    "PixelPaddingValue": "00280120",
    "PixelPaddingRangeLimit": "00280121",
}


def read_json_header(png: Path) -> Header:
    """The header in the `.json` beside a PNG. Raises PleuraError where there is none, or no whole
    one."""
    path = png.with_suffix(".json")
    if not path.exists():
        raise PleuraError("no header (.json) lies beside it")
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PleuraError("the header (.json) beside it is damaged") from error
    if not isinstance(header, dict):
        raise PleuraError("the header (.json) beside it is damaged")
    return header


def values_of(header: Header, element: str) -> list[Any]:
    """The values of an element; none where it is missing or empty."""
    cell = header.get(element)
    values = cell.get("Value") if isinstance(cell, dict) else None
    return values if isinstance(values, list) else []


def text_of(header: Header, element: str) -> str:
    """The first value of an element as text, "" where there is none."""
    values = values_of(header, element)
    return str(values[0]).strip() if values and values[0] is not None else ""


def write_shown(png: Path, header: Header, path: Path) -> None:
    """Write the image of `png` as its header wants it shown (VOI LUT or window, then polarity) to
    `path`, a PNG of 8 bits, white high.

    Raises PleuraError, which says why, where the header does not tell that, where its values can
    not be those that the header speaks of, and where nothing of the image would be seen.
    """
    from pleura.data.readers import ReadError, read_numbers
    from pleura.data.readers.dicom.grayscale import grayscale_of
    from pleura.data.readers.dicom.layers import layers_of
    from pleura.data.readers.dicom.reader import as_wanted

    _refuse_unclear(header)
    try:
        numbers = read_numbers(str(png))
    except ReadError as error:
        raise PleuraError(error.reason) from error
    stored = text_of(header, BITS_STORED)
    if stored.isdecimal() and int(numbers.values.max()) >= 2 ** int(stored):
        raise PleuraError("its values are larger than its header (.json) says")
    grayscale = grayscale_of(layers_of(_dataset(header, numbers.bits), 0))
    shown = as_wanted(numbers.values, grayscale)
    if shown is None:
        raise PleuraError(grayscale.unshown or "its header (.json) has neither window nor VOI LUT")
    if shown.pixels.min() == shown.pixels.max():
        raise PleuraError("its header (.json) would show it in one gray")
    write_png(path, shown.pixels, fast=True)


def _refuse_unclear(header: Header) -> None:
    """Raise PleuraError for a header from which nobody can tell what the values of a PNG mean."""
    from pleura.data.readers.dicom.refused import MONOCHROME

    if text_of(header, PHOTOMETRIC) not in MONOCHROME:
        raise PleuraError("its header (.json) does not say whether white is high or low")
    if text_of(header, SIGNED) not in ("", "0"):
        raise PleuraError("its values are signed, which a PNG cannot hold")
    try:
        rescale = float(text_of(header, SLOPE) or 1), float(text_of(header, INTERCEPT) or 0)
    except ValueError as error:
        raise PleuraError("the header (.json) beside it is damaged") from error
    if rescale != (1, 0) or values_of(header, MODALITY_LUT):
        raise PleuraError("its values are to be rescaled, and may have been")


def _dataset(header: Header, bits: int) -> "Dataset":
    """What says how values of so many bits are shown, as the reader of DICOM takes it."""
    from pydicom import Dataset

    wanted = Dataset()
    wanted.PhotometricInterpretation = text_of(header, PHOTOMETRIC)
    wanted.BitsStored = bits
    try:
        for keyword, element in SHOWN_BY.items():
            if values := values_of(header, element):
                setattr(wanted, keyword, values if len(values) > 1 else values[0])
        if tables := values_of(header, VOI_LUT):
            table = Dataset()
            table.LUTDescriptor = values_of(tables[0], DESCRIPTOR)
            table.LUTData = values_of(tables[0], ENTRIES)
            if len(table.LUTDescriptor) != 3 or not table.LUTData:
                raise PleuraError("its header (.json) names a VOI LUT and lacks its entries")
            wanted.VOILUTSequence = [table]
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise PleuraError("the header (.json) beside it is damaged") from error
    return wanted

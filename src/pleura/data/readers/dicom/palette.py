"""The gray of each index into the palette of a DICOM file (NEMA PS3.3, C.7.6.3.1.5 and 6)."""

from typing import TYPE_CHECKING

import numpy as np

from pleura.data.readers.decoded import Array, to_gray
from pleura.data.readers.dicom.damaged import refusing
from pleura.data.readers.dicom.lut import lut_of

if TYPE_CHECKING:
    from pydicom import Dataset

PREFIX = "PaletteColorLookupTable"
COLOURS = ("Red", "Green", "Blue")


def shades_of(header: "Dataset") -> Array:
    """The luma of each value that a sample can have, (2**bits,) uint8.

    Raises PleuraError for a palette that is not whole.
    """
    indices = np.arange(2 ** int(header.BitsStored))
    if f"SegmentedRed{PREFIX}Data" in header:
        from pydicom.pixels.processing import apply_color_lut

        with refusing("damaged: its palette cannot be put together of its segments"):
            colours = apply_color_lut(indices[None].astype(np.uint16), header)[0, :, : len(COLOURS)]
        bits = 8 * colours.dtype.itemsize
    else:
        ends = float(indices[0]), float(indices[-1])
        tables = [
            lut_of(header, f"{colour}{PREFIX}", header, ends, f"palette of {colour.lower()}")
            for colour in COLOURS
        ]
        colours = np.stack([table(indices) for table in tables], axis=1)
        # Some files have entries of 8 bits in tables that are said to have 16.
        deep = any(table.entries.max() > 255 for table in tables)
        bits = max(table.bits for table in tables) if deep else 8
    return np.asarray(to_gray((colours[None] >> (bits - 8)).astype(np.uint8))[0])

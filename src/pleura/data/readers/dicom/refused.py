"""What is not read of DICOM files: told from the header alone, to readers and to tables alike."""

from typing import TYPE_CHECKING

from pleura.data.readers.dicom.header import DEFLATED, refuse_large, refuse_no_picture
from pleura.data.readers.dicom.pixels import refuse_undescribed
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset

MOST_BITS = 16
MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
COLOURS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
# Implicit and explicit, little and big endian.
NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", DEFLATED, "1.2.840.10008.1.2.2")


def refuse_unread(header: "Dataset") -> None:
    """Raise PleuraError, which says why, for the header of a file that no image is read from."""
    refuse_undecoded(header)
    bits = int(header.BitsStored)
    if bits == 1:
        raise PleuraError("1 bit a sample: a mask, no picture")
    if bits > MOST_BITS:
        raise PleuraError(f"{bits} bits a sample; those of pictures have {MOST_BITS} at most")


def refuse_undecoded(header: "Dataset") -> None:
    """Raise PleuraError, which says why, for the header of a file whose pixels are not decoded, be
    they those of an image or of a mask."""
    from pleura.data.readers.dicom.codecs import SYNTAXES

    refuse_no_picture(header)
    refuse_large(header)
    kind, syntax = header.PhotometricInterpretation, header.file_meta.TransferSyntaxUID
    if kind not in (*MONOCHROME, PALETTE, *COLOURS):
        raise PleuraError(f"colours as {kind} are not read; save it as RGB or gray")
    if syntax not in NATIVE and syntax not in SYNTAXES:
        raise PleuraError(f"pixels in {syntax.name} are not read; save it otherwise")
    refuse_undescribed(header)

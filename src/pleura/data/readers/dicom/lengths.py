"""Whether the uncompressed pixels of a DICOM file are as long as its header says (NEMA PS3.5, 8.1
and 8.2)."""

import struct
from pathlib import Path
from typing import TYPE_CHECKING

from pleura.data.readers.dicom.damaged import CURE, refusing
from pleura.data.readers.dicom.header import frames_of
from pleura.errors import PleuraError
from pleura.wording import count

if TYPE_CHECKING:
    from pydicom import Dataset

PIXEL_DATA = [0x7FE0, 0x0010]
UNDEFINED = 0xFFFFFFFF  # the length of an element whose end is marked, as that of coded frames is
BEGINNING = 64  # bytes, in which code that stands bare or in an item says what it is
CODES = {
    b"\xff\xd8\xff": "JPEG",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xfe\xff\x00\xe0": "compressed frames",  # the tag of an item
}


def refuse_other_length(path: Path, header: "Dataset", inflated: "Dataset | None" = None) -> None:
    """Raise PleuraError for uncompressed pixels that are more than the `header` tells of, which
    would be sheared, cut or lost, and for frames that are compressed although it says they are not.

    A byte that makes the length even may follow, and zeros, of which some devices write up to a
    row. Pixels that are missing are told where they are decoded. `inflated` is the data set of a
    deflated file.
    """
    row, said = _said(header)
    with refusing("truncated or damaged: its pixels are not whole"):
        if inflated is not None:
            pixels = bytes(inflated.get("PixelData") or b"")
            length, beginning, after = len(pixels), pixels[:BEGINNING], pixels[said:]
        else:
            length, beginning, after = _in_file(path, said, row)
    code = _code(beginning)
    if length < said and not code:
        return
    if said <= length <= said + said % 2 or (said < length <= said + row and not any(after)):
        return
    if code or length == UNDEFINED:
        raise PleuraError(
            f"damaged: its pixels are {code or 'compressed'}, but its transfer syntax, "
            f"{header.file_meta.TransferSyntaxUID.name}, says that they are not compressed; {CURE}"
        )
    frames = f"{count(frames_of(header), 'frame')} of {header.Columns} x {header.Rows} pixels"
    raise PleuraError(
        f"damaged: its pixels have {length:,} bytes, but {frames}, as its header says, have "
        f"{said:,}, so rows, columns or frames are not as it says; {CURE}"
    )


def _said(header: "Dataset") -> tuple[int, int]:
    """The bytes of a row, and of all pixels, by the header."""
    halved = header.PhotometricInterpretation == "YBR_FULL_422"
    samples = 2 if halved else int(header.SamplesPerPixel)
    row = int(header.Columns) * samples * int(header.BitsAllocated)
    return -(-row // 8), -(-row * int(header.Rows) * frames_of(header) // 8)


def _in_file(path: Path, said: int, row: int) -> tuple[int, bytes, bytes]:
    """The length of the pixels by their own element, how they begin, and up to a row of what
    follows those that are `said`; nothing of a file without them."""
    from pydicom import dcmread

    with path.open("rb") as file:
        # It leaves the file at the element of the pixels.
        read = dcmread(file, stop_before_pixels=True, specific_tags=["Rows"])
        implicit, little = read.original_encoding
        order = "<" if little else ">"
        shape = struct.Struct(f"{order}HHL" if implicit else f"{order}HH4xL")
        if len(element := file.read(shape.size)) < shape.size:
            return 0, b"", b""
        *tag, length = shape.unpack(element)
        if tag != PIXEL_DATA:
            return 0, b"", b""
        start = file.tell()
        beginning = file.read(BEGINNING)
        file.seek(start + said)
        return length, beginning, file.read(min(max(length - said, 0), row + 1))


def _code(beginning: bytes) -> str:
    """What frames are coded in by how they begin, bare or in the first item; "" for none of
    `CODES`."""
    names = [name for mark, name in CODES.items() if beginning.startswith(mark)]
    inside = [name for mark, name in CODES.items() if names and mark in beginning[8:]]
    return (inside or names or [""])[0]

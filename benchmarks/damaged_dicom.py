"""The DICOM files of benchmarks/damaged_files.py: sound ones, bombs, and huge dimensions."""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from benchmarks.dicom_files import dataset
from numpy.typing import NDArray
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

ROWS, COLUMNS = b"\x28\x00\x10\x00", b"\x28\x00\x11\x00"
META_AT = 144  # where the file meta information begins that its first element gives the length of


def encode(pixels: NDArray[Any], syntax: UID = ExplicitVRLittleEndian, **elements: Any) -> bytes:
    """The contents of a file with these pixels."""
    buffer = io.BytesIO()
    dataset(pixels, syntax, **elements).save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def sound_dicom(gray: NDArray[np.uint8], fine: NDArray[np.uint16]) -> list[bytes]:
    """One picture of 8 and 16 bits in the codings that DICOM has; that at 1 is the deepest."""
    twelve = fine >> 4
    return [
        encode(gray, WindowCenter=128, WindowWidth=256),
        encode(fine),
        encode(gray, ImplicitVRLittleEndian),
        encode(fine, DeflatedExplicitVRLittleEndian),
        encode(fine, RLELossless),
        encode(np.dstack([gray] * 3), JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL_422"),
        encode(twelve, JPEGExtended12Bit, BitsStored=12),
        encode(fine, JPEGLosslessSV1),
        encode(twelve, JPEGLSLossless, BitsStored=12),
        encode(fine, JPEG2000Lossless),
    ]


def dicom_bombs(gray: NDArray[np.uint8]) -> Iterator[bytes]:
    """Sound files of nearly a hundred million pixels, which are small on disk."""
    for syntax in (
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGBaseline8Bit,
        JPEGLSLossless,
        JPEG2000Lossless,
    ):
        yield encode(gray, syntax)
    yield encode(gray[None, :64, :64], NumberOfFrames=100_000)


def resize_dicom(data: bytes, width: int, height: int) -> bytes:
    """The file with other dimensions in its header."""
    meta_end = META_AT + int.from_bytes(data[META_AT - 4 : META_AT], "little")
    head, body = data[:meta_end], data[meta_end:]
    deflated = str(DeflatedExplicitVRLittleEndian).encode() in head
    body = zlib.decompress(body, -zlib.MAX_WBITS) if deflated else body
    for tag, value in ((ROWS, height), (COLUMNS, width)):
        place = re.compile(re.escape(tag) + b"(US\x02\x00|\x02\x00\x00\x00)..", re.DOTALL)
        if found := place.search(body):
            body = body[: found.end() - 2] + struct.pack("<H", value) + body[found.end() :]
    if deflated:
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = packer.compress(body) + packer.flush()
    return head + body

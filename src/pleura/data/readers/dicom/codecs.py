"""Decodes the compressed frames of DICOM through imagecodecs, as a plug-in of pydicom.

RLE, JPEG of 8 and 12 bits, lossless JPEG, JPEG-LS and JPEG 2000 (NEMA PS3.5, Annex A.4). This
module imports pydicom; import it where a frame is decoded.
"""

from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from pleura.data.readers.dicom.damaged import refusing
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import DecodeRunner

PLUGIN = "imagecodecs"
SYNTAXES = (
    RLELossless,
    *JPEGTransferSyntaxes,
    *JPEGLSTransferSyntaxes,
    JPEG2000Lossless,
    JPEG2000,
)
DECODER_DEPENDENCIES = dict.fromkeys(SYNTAXES, (PLUGIN,))  # which pydicom asks for
END = b"\xff\xd9"  # of a frame in any of the JPEG standards
FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # markers that give the size
FILL = 0xFF  # a byte that may stand before a marker
SIZE_OF_2000 = b"\xff\x4f\xff\x51"  # how every JPEG 2000 codestream begins
RLE_HEADER = 64  # bytes


def is_available(syntax: str) -> bool:
    """Whether frames in a transfer syntax are decoded here; pydicom asks this of a plug-in."""
    return syntax in DECODER_DEPENDENCIES


def decode_frame(source: bytes, runner: "DecodeRunner") -> bytes | memoryview:
    """The samples of one compressed frame, for pydicom, whose `runner` gets what they are.

    Raises PleuraError where the frame is cut off, or of another size than the header says.
    """
    if runner.transfer_syntax == RLELossless:
        with refusing("damaged: its frame is no whole run-length coding"):
            return _runs(source, runner)
    if source.rfind(END, len(source) // 2) < 0:
        raise PleuraError("truncated: the end of the frame is missing")
    with refusing(f"damaged: its frame is no whole {runner.transfer_syntax.name}"):
        return _frame(source, runner)


def _frame(source: bytes, runner: "DecodeRunner") -> bytes | memoryview:
    """The samples of a frame in any of the JPEG standards."""
    of_2000 = runner.transfer_syntax in (JPEG2000Lossless, JPEG2000)
    width, height = _size_of_2000(source) if of_2000 else _size_of_jpeg(source)
    if (width, height) != (runner.columns, runner.rows):
        raise PleuraError(
            f"its frame has {width} x {height} pixels, its header {runner.columns} x {runner.rows}"
        )
    if of_2000:
        samples = imagecodecs.jpeg2k_decode(source, numthreads=1)
        _refuse_other_values(samples, runner)
    elif runner.transfer_syntax in JPEGLSTransferSyntaxes:
        samples = imagecodecs.jpegls_decode(source)
    else:
        samples = _jpeg(source, runner)
    if samples.size != runner.rows * runner.columns * runner.samples_per_pixel:
        raise PleuraError("its frame has another number of colours than its header says")
    if (bits := 8 * samples.dtype.itemsize) > runner.bits_allocated:
        raise PleuraError(
            f"damaged: its frame has samples of {bits} bits, its header of {runner.bits_allocated}"
        )
    runner.set_option("bits_allocated", bits)
    if runner.samples_per_pixel > 1:
        runner.set_option("planar_configuration", 0)
        if of_2000 and runner.photometric_interpretation in ("YBR_ICT", "YBR_RCT"):
            runner.set_option("photometric_interpretation", "RGB")
    return np.ascontiguousarray(samples).data.cast("B")


def _refuse_other_values(samples: np.ndarray, runner: "DecodeRunner") -> None:
    """Raise PleuraError for values of JPEG 2000 that the header tells nothing of: negative ones
    where it says that there is no sign, and those that its stored bits do not hold.

    Where it says that there is a sign, some encoders write the bits of signed values as unsigned
    ones, with the sign in the stored bits alone, or in all above as well.
    """
    bits, signed = runner.bits_stored, runner.pixel_representation == 1
    lowest, highest = int(samples.min()), int(samples.max())
    if lowest < 0 and not signed:
        raise PleuraError(
            "damaged: its frame has values with a sign, but its header says that they have none "
            "(PixelRepresentation is 0)"
        )
    if signed and highest >= 2**bits:
        samples = samples.view(f"i{samples.dtype.itemsize}")
        lowest, highest = int(samples.min()), int(samples.max())
    if highest >= 2**bits or lowest < -(2 ** (bits - 1)):
        raise PleuraError(
            f"damaged: its frame has values from {lowest} to {highest}, which the {bits} bits of "
            "its header (BitsStored) do not hold"
        )


def _jpeg(source: bytes, runner: "DecodeRunner") -> np.ndarray:
    """Gray, or red, green and blue. The frame itself says how colours are coded, or its header; of
    lossless JPEG the samples are given as they are coded."""
    if runner.samples_per_pixel == 1 or runner.transfer_syntax in (JPEGLossless, JPEGLosslessSV1):
        return np.asarray(imagecodecs.jpeg_decode(source))
    coded = "RGB" if runner.photometric_interpretation == "RGB" else "YCBCR"
    space = None if b"Adobe" in source[:2048] else coded
    runner.set_option("photometric_interpretation", "RGB")
    return np.asarray(imagecodecs.jpeg_decode(source, colorspace=space, outcolorspace="RGB"))


def _runs(source: bytes, runner: "DecodeRunner") -> bytes:
    """Run-length coded samples (PS3.5, Annex G): a segment for each byte of each sample, of which
    the highest byte comes first."""
    pixels, of_sample = runner.rows * runner.columns, runner.bits_allocated // 8
    count, *starts = np.frombuffer(source[:RLE_HEADER], "<u4").tolist()
    if count != runner.samples_per_pixel * of_sample or count > len(starts):
        raise PleuraError(f"damaged: {count} run-length coded segments")
    planes = np.empty((runner.samples_per_pixel, pixels, of_sample), np.uint8)
    for number, (start, end) in enumerate(
        zip(starts[:count], [*starts[1:count], len(source)], strict=True)
    ):
        # A byte or two more, since some encoders fill a segment up to an even length.
        bytes_ = imagecodecs.packbits_decode(source[start:end], out=pixels + 2)
        if len(bytes_) < pixels:
            raise PleuraError("truncated: part of the pixels is not in the file")
        sample, place = divmod(number, of_sample)
        planes[sample, :, of_sample - 1 - place] = np.frombuffer(bytes_, np.uint8)[:pixels]
    runner.set_option("planar_configuration", 1)
    return planes.tobytes()


def _size_of_2000(source: bytes) -> tuple[int, int]:
    """Width and height in the header of a JPEG 2000 codestream, which may lie in a JP2 file."""
    if (start := source.find(SIZE_OF_2000)) < 0:
        raise PleuraError("damaged: a frame is no JPEG 2000")
    right, bottom, left, top = np.frombuffer(source[start + 8 : start + 24], ">u4").tolist()
    return right - left, bottom - top


def _size_of_jpeg(source: bytes) -> tuple[int, int]:
    """Width and height in the first frame header of a JPEG or JPEG-LS stream."""
    at = 2
    while (marker := source[at + 1]) not in FRAME_HEADERS:
        # Any number of bytes of FF may stand before a marker (ISO/IEC 10918-1, B.1.1.2).
        at += 1 if marker == FILL else 2 + int.from_bytes(source[at + 2 : at + 4])
    return int.from_bytes(source[at + 7 : at + 9]), int.from_bytes(source[at + 5 : at + 7])


for _syntax in SYNTAXES:
    get_decoder(_syntax).add_plugin(PLUGIN, (__name__, decode_frame.__name__))

"""PNG and JPEG, through Pillow; PNGs of 16 bits a sample through imagecodecs."""

import warnings
import zlib
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
from PIL import ExifTags, Image, ImageChops
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from pleura.data.readers.decoded import (
    Array,
    Decoded,
    Numbers,
    full_range_of,
    refuse_huge,
    to_gray,
    to_numbers,
    turn_upright,
)
from pleura.data.readers.reader import refuse_member
from pleura.errors import PleuraError

# Pillow warns of damaged EXIF blocks, which say nothing about the pixels. A filter is set once
# because catching warnings around each read is not safe among threads.
warnings.filterwarnings("ignore", module=r"PIL\.")

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
JPEG_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"
JPEG_FILL = 128  # what the decoder paints where the data end
BIT_DEPTH_AT = 24  # of the PNG header


class PillowReader:
    """Reads PNG (1 to 16 bits; gray, colour, palette, alpha) and JPEG (gray, colour, CMYK).

    What a file is goes by its first bytes: a JPEG named `.png` is read all the same.
    """

    suffixes = (".png", ".jpg", ".jpeg")
    many_images = False

    def read(self, path: Path, member: str | None, at_least: int | None) -> Decoded:
        """See `Reader.read`; only JPEG is decoded at a reduced scale."""
        refuse_member(member)
        with path.open("rb") as file:
            if (bits := bits_of_png(file)) is not None:
                samples, turn = _load_png(file, bits)
                if isinstance(samples, Image.Image):
                    pixels = np.asarray(flatten(samples))
                else:
                    alpha = samples.ndim == 3 and samples.shape[2] in (2, 4)
                    pixels = to_gray(samples, alpha=alpha, opaque=2.0**bits - 1)
                pixels = turn_upright(pixels, turn)
                height, width = pixels.shape
                return Decoded(pixels, width, height, bits, full_range_of("u", bits))
            return _read_jpeg(file, at_least)

    def read_numbers(self, path: Path, member: str | None) -> Numbers:
        """See `Reader.read_numbers`; a JPEG is lossy."""
        refuse_member(member)
        with path.open("rb") as file:
            if (bits := bits_of_png(file)) is None:
                return Numbers(_read_jpeg(file, None).pixels, lossy=True)
            samples, turn = _load_png(file, bits)
            if isinstance(samples, Image.Image):
                if samples.mode in ("P", "PA"):
                    bits = 8  # the indices of a palette are what it holds
                # Pillow has booleans for 1 bit.
                samples = np.asarray(samples.convert("L") if samples.mode == "1" else samples)
            return Numbers(turn_upright(to_numbers(samples), turn), bits=bits)


def is_jpeg(path: Path) -> bool | None:
    """Whether a file is a JPEG by its first bytes; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(JPEG)) == JPEG
    except OSError:
        return None


def jpeg_side(path: Path) -> int:
    """The pixels of the shorter side of a JPEG, by its header; 0 for any other file."""
    try:
        with path.open("rb") as file, JpegImageFile(file) as image:
            return min(image.size)
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for what is no whole JPEG
        return 0


def bits_of_png(file: BinaryIO) -> int | None:
    """The bits of a sample of a PNG, None for a JPEG; the file is at its beginning again.

    Raises `PleuraError` for anything else.
    """
    head = file.read(BIT_DEPTH_AT + 1)
    file.seek(0)
    if head.startswith(PNG):
        return head[BIT_DEPTH_AT]
    if head.startswith(JPEG):
        return None
    raise PleuraError("the contents are neither PNG nor JPEG")


def _load_png(file: BinaryIO, bits: int) -> tuple[Array | Image.Image, int]:
    """An image, or the samples of one of 16 bits, and how it is to be turned."""
    # The class itself, not Image.open, which warns of large images before they can be refused.
    with PngImageFile(file) as image:
        width, height = image.size
        if (pictures := getattr(image, "n_frames", 1)) > 1:
            raise PleuraError(f"an animated PNG of {pictures} pictures; save one image a file")
        bands = len(image.getbands())
        refuse_huge(width, height, 2 * bands if bits == 16 else _bytes(image))
        file.seek(0)
        data = file.read()
        _refuse_damaged(data)
        samples: Array | Image.Image
        if bits == 16:  # Pillow would cut colour to 8 bits
            samples = imagecodecs.png_decode(data)
        else:
            image.load()
            samples = image.copy()
        return samples, orientation_of(image)


def _read_jpeg(file: BinaryIO, at_least: int | None) -> Decoded:
    with JpegImageFile(file) as image:
        width, height = image.size
        refuse_huge(width, height, _bytes(image))
        # Draft mode takes the luma alone out of the stream, at 1/1, 1/2, 1/4 or 1/8 of the size.
        image.draft("L", (at_least, at_least) if at_least else image.size)
        image.load()
        pixels = np.asarray(flatten(image))
        _refuse_cut_off(file, image, int(pixels[-1, -1]))
        turn = orientation_of(image)
        if 5 <= turn <= 8:
            width, height = height, width
        return Decoded(turn_upright(pixels, turn), width, height, 8)


def _refuse_damaged(data: bytes) -> None:
    """Raise `PleuraError` for a PNG that Pillow would read, but that has no end or a wrong
    checksum."""
    view, at, name = memoryview(data), len(PNG), b""
    while name != b"IEND":
        if at + 12 > len(data):
            raise PleuraError("truncated: the end of the file is missing")
        length = int.from_bytes(view[at : at + 4])
        name, end = bytes(view[at + 4 : at + 8]), at + 8 + length
        # Upper case marks the chunks that no reader may pass over; the others hold remarks.
        if name.isupper() and view[end : end + 4] != zlib.crc32(view[at + 4 : end]).to_bytes(4):
            raise PleuraError("damaged or truncated: a checksum is wrong")
        at = end + 4


def _bytes(image: Image.Image) -> int:
    """The bytes that Pillow needs for a pixel of 8 bits a sample."""
    return 1 if image.mode in ("1", "L") else 4


def _refuse_cut_off(file: BinaryIO, image: Image.Image, corner: int) -> None:
    """Raise `PleuraError` for a JPEG that ends too early; libjpeg silently paints the rest gray.

    libjxl, which can repack a JPEG bit by bit, notices it, but is slow. So it is asked only where
    the last pixel has that gray, or where the file is progressive, so that missing data only blur
    it.
    """
    file.seek(0)
    data = file.read()
    cut_off = JPEG_END not in data[data.rfind(JPEG_SCAN) :]
    doubtful = corner == JPEG_FILL or "progressive" in image.info
    # Pillow sets `layers` as it reads the header, unseen by its types; libjxl takes no CMYK.
    if not cut_off and doubtful and image.layers in (1, 3):  # type: ignore[attr-defined]
        try:
            imagecodecs.jpegxl_encode_jpeg(data, numthreads=1)
        except imagecodecs.JpegxlError:
            cut_off = True
    if cut_off:
        raise PleuraError("truncated or damaged: part of the pixels is not in the file")


def flatten(image: Image.Image) -> Image.Image:
    """The image in mode L: its luma, on black where there is alpha or a transparent colour."""
    if "transparency" in image.info or image.mode == "PA":
        image = image.convert("RGBA")
    if image.mode in ("LA", "RGBA"):
        opaque = image.convert("RGB").convert("L")
        return ImageChops.multiply(opaque, image.getchannel("A"))
    if image.mode in ("P", "CMYK"):
        image = image.convert("RGB")
    return image.convert("L")


def orientation_of(image: Image.Image) -> int:
    """How an open image is to be turned, 1 to 8, by its EXIF block. It is 1 where there is none, or
    where the block is damaged."""
    try:
        tags = Image.Exif()
        tags.load(image.info.get("exif", b""))
        return int(tags.get(ExifTags.Base.Orientation, 1))
    except Exception:  # a damaged EXIF block says nothing about the pixels
        return 1

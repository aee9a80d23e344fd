"""The samples of one frame of a DICOM file, as they are stored."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pleura.data.readers.decoded import Array
from pleura.data.readers.dicom.damaged import CURE, refusing
from pleura.data.readers.dicom.header import DEFLATED, LONG, frames_of
from pleura.data.readers.dicom.lengths import refuse_other_length
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset

PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
NO_PIXELS = (
    "no image: its header describes one, but its pixels (PixelData) are not in the file; export it "
    "again with them, or leave it out"
)
OVERLAY_GROUPS, OVERLAY_BIT = range(0x6000, 0x6020, 2), 0x0102  # OverlayBitPosition


class Stored(NamedTuple):
    """The samples of a frame, (h, w), or (h, w, 3) of red, green and blue; whole numbers. `cut`:
    whether bits were taken away that the header does not speak of, so that it may be wrong."""

    samples: Array
    cut: bool


def frame_number(header: "Dataset", member: str | None) -> int:
    """The frame that the `member` of an address names, from 0. A file of one frame needs no member.

    Raises PleuraError where it names none.
    """
    frames = frames_of(header)
    if member is None and frames == 1:
        return 0
    if member is None or not member.isdecimal():
        raise PleuraError(
            f"says not which of its {frames} frames: write <file>::0 to <file>::{frames - 1}"
        )
    if int(member) >= frames:
        raise PleuraError(f"has {frames} frames, counted from 0, so no number {member}")
    return int(member)


def stored_samples(path: Path, header: "Dataset", frame: int) -> Stored:
    """The samples of a frame by the bits that its header says are stored, without all others.

    Only this frame is decoded; its `header` is one that `refuse_undecoded` lets pass. Raises
    PleuraError for pixels that are not in the file, not whole, or not as the header says.
    """
    from pydicom import dcmread
    from pydicom.pixels.utils import pixel_array
    from pydicom.uid import JPEGLossless, JPEGLosslessSV1

    from pleura.data.readers.dicom.codecs import PLUGIN

    syntax = header.file_meta.TransferSyntaxUID
    kind = header.PhotometricInterpretation  # in capital letters, as `read_header` gives it
    options: dict[str, Any] = {"index": frame, "photometric_interpretation": kind}
    if syntax.is_encapsulated:
        options["decoding_plugin"] = PLUGIN
    if syntax in (JPEGLossless, JPEGLosslessSV1):
        # Its decoder turns no colours, and markers in the code are often those of another coding:
        # the header alone says whether they are luma and chroma.
        options |= {"as_rgb": False, "force_rgb": kind.startswith("YBR")}
    high_bit = int(header.get("HighBit", header.BitsStored - 1))
    above = high_bit + 1 - header.BitsStored
    alone = header.SamplesPerPixel == 1
    if alone or (above and not syntax.is_encapsulated):
        options["correct_unused_bits"] = False  # which takes two passes over all samples
    try:
        with refusing("truncated or damaged: its pixels are not whole"):
            source: Any = dcmread(path) if syntax == DEFLATED else path
            if not syntax.is_encapsulated:
                refuse_other_length(path, header, source if syntax == DEFLATED else None)
            samples: Array = pixel_array(source, **options)
    except PleuraError as error:
        # pydicom puts what `decode_frame` says below a heading of its own.
        if reason := str(error.__cause__ or "").partition(f"{PLUGIN}: ")[2]:
            raise PleuraError(f"{reason.removesuffix(f'; {CURE}')}; {CURE}") from error
        if _lacks_pixels(path):
            raise PleuraError(NO_PIXELS) from error
        raise
    cut = False
    if lower := above and not syntax.is_encapsulated:
        if not 0 < above <= 8 * samples.dtype.itemsize - header.BitsStored:
            raise PleuraError(f"damaged: its high bit lies outside of its samples; {CURE}")
        cut = bool((samples & (2**above - 1)).any())
        samples = samples >> above
    if alone or lower:
        samples, more = _lowest_bits(samples, header.BitsStored)
        cut = (cut or more) and not _holds_overlays(header)
    return Stored(samples.astype(samples.dtype.newbyteorder("="), copy=False), cut)


def _lacks_pixels(path: Path) -> bool:
    """Whether a file is whole and yet has no element of pixels."""
    from pydicom import dcmread

    with suppress(Exception):  # of a damaged file something else is to be told
        there = dcmread(path, defer_size=LONG, specific_tags=[*PIXELS])
        return not any(name in there for name in PIXELS)
    return False


def _lowest_bits(samples: Array, bits: int) -> tuple[Array, bool]:
    """Samples by their lowest `bits` alone, and whether some had others set that are more than
    their sign. Of samples with a sign, files have it in all bits above, or in the lowest alone."""
    ends = np.iinfo(samples.dtype)
    if ends.bits == bits:
        return samples, False
    half, highest = 2 ** (bits - 1), int(samples.max())
    beyond = highest >= 2 * half
    others = beyond
    if ends.min:
        lowest = int(samples.min())
        others = lowest < -half or highest >= half
        beyond |= others and lowest < 0
    if others:
        free = ends.bits - bits
        samples = (samples << free) >> free
    return samples, beyond


def _holds_overlays(header: "Dataset") -> bool:
    """Whether overlays stand in bits of the samples, as they did before 2004."""
    places = ((group, OVERLAY_BIT) for group in OVERLAY_GROUPS)
    return any(bool(header[place].value) for place in places if place in header)

"""The samples of one frame of a DICOM file, as they are stored."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pleura.data.readers.decoded import Array
from pleura.data.readers.dicom.header import DEFLATED, frames_of
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset


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


def stored_samples(path: Path, header: "Dataset", frame: int) -> Array:
    """The samples of a frame, (h, w), or (h, w, 3) of red, green and blue; whole numbers.

    Bits beyond those stored are taken away. Only this frame is decoded; its `header` is one that
    `refuse_undecoded` lets pass. Raises PleuraError for pixels that are not in the file, and
    whatever pydicom raises on damaged data.
    """
    from pydicom import dcmread
    from pydicom.pixels.utils import pixel_array

    from pleura.data.readers.dicom.codecs import PLUGIN

    syntax = header.file_meta.TransferSyntaxUID
    options: dict[str, Any] = {"index": frame}
    if syntax.is_encapsulated:
        options["decoding_plugin"] = PLUGIN
    high_bit = int(header.get("HighBit", header.BitsStored - 1))
    above = high_bit + 1 - header.BitsStored
    if above and not syntax.is_encapsulated:
        options["correct_unused_bits"] = False
    source: Any = dcmread(path) if syntax == DEFLATED else path
    try:
        samples: Array = pixel_array(source, **options)
    except RuntimeError as error:  # pydicom puts what the decoder raised below a heading
        raise PleuraError(str(error).partition(f"{PLUGIN}: ")[2] or str(error)) from error
    except ValueError as error:
        raise PleuraError(f"truncated or damaged: pixels are missing ({error})") from error
    if above and not syntax.is_encapsulated:
        samples = _lowered(samples, above, header.BitsStored)
    return samples.astype(samples.dtype.newbyteorder("="), copy=False)


def _lowered(samples: Array, above: int, bits: int) -> Array:
    """Samples that are stored some bits `above` the lowest, brought down to it."""
    free = 8 * samples.dtype.itemsize - above - bits
    if free < 0 or above < 0:
        raise PleuraError("damaged: its high bit lies outside of its samples")
    return (samples << free) >> (free + above)

"""DICOM, through pydicom and imagecodecs."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from pleura.data.readers.decoded import (
    Array,
    Decoded,
    Numbers,
    Shown,
    full_range_of,
    in_bands,
    to_gray,
    to_numbers,
)
from pleura.data.readers.dicom.damaged import CURE, refusing
from pleura.data.readers.dicom.frames import frame_number, stored_samples
from pleura.data.readers.dicom.grayscale import Grayscale, grayscale_of
from pleura.data.readers.dicom.header import is_unnamed_dicom, read_header
from pleura.data.readers.dicom.layers import layers_of
from pleura.data.readers.dicom.palette import shades_of
from pleura.data.readers.dicom.refused import (
    MONOCHROME,
    PALETTE,
    refuse_undecoded,
    refuse_unread,
)
from pleura.errors import PleuraError

VERSION = 2  # raised whenever the same file would come out as other pixels
BASELINE, EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
TWO_BYTES = 2
NEAR_LOSSLESS, JPEG_2000 = "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91"


class DicomReader:
    """Reads one frame of a DICOM file: gray of 2 to 16 bits, colour, palette; any transfer syntax
    of single images but HTJ2K. `<file>::17` is frame 17, counted from 0."""

    suffixes = (".dcm", ".dicom")
    many_images = False

    def read(self, path: Path, member: str | None, at_least: int | None) -> Decoded:
        """See `Reader.read`; always at full size."""
        with refusing("damaged header"):
            return self._image(path, member)

    def _image(self, path: Path, member: str | None) -> Decoded:
        header = read_header(path)
        refuse_unread(header)
        frame = frame_number(header, member)
        kind, bits = header.PhotometricInterpretation, int(header.BitsStored)
        grayscale = grayscale_of(layers_of(header, frame)) if kind in MONOCHROME else None
        samples, cut = stored_samples(path, header, frame)
        height, width = samples.shape[:2]
        if grayscale is not None:
            image = _monochrome(samples, grayscale)
        elif kind == PALETTE:
            image = Decoded(looked_up(shades_of(header), samples), width, height, min(bits, 8))
        else:
            image = Decoded(to_gray(samples), width, height, bits, full_range_of("u", bits))
        return replace(image, cut=cut)

    def read_numbers(self, path: Path, member: str | None) -> Numbers:
        """See `Reader.read_numbers`: the values as they are stored, of a palette the indices."""
        with refusing("damaged header"):
            return self._mask(path, member)

    def _mask(self, path: Path, member: str | None) -> Numbers:
        header = read_header(path)
        refuse_undecoded(header)
        frame = frame_number(header, member)
        samples, cut = stored_samples(path, header, frame)
        if cut:
            raise PleuraError(
                "damaged: its values need more bits than its header says are stored (BitsStored is "
                f"{header.BitsStored}), and of a mask each value counts; {CURE}"
            )
        values = to_numbers(samples)
        syntax, bits = str(header.file_meta.TransferSyntaxUID), int(header.BitsStored)
        lossy = header.get("LossyImageCompression") == "01" or syntax in (
            BASELINE,
            EXTENDED,
            NEAR_LOSSLESS,
        )
        if header.PhotometricInterpretation == PALETTE:
            bits = 8
        if bits < 8:
            values = np.rint(values * (255 / (2**bits - 1))).astype(np.uint8)
        return Numbers(values, lossy, syntax == JPEG_2000, bits)


def version_for(paths: Iterable[Path]) -> dict[str, int]:
    """What stands in the key of a bank of such files for how DICOM is read; nothing of others."""
    there = any(
        path.suffix.lower() in DicomReader.suffixes or is_unnamed_dicom(path) for path in paths
    )
    return {"dicom": VERSION} if there else {}


def _monochrome(samples: Array, grayscale: Grayscale) -> Decoded:
    """The gray image of stored samples (h, w), and as its file wants it shown; padding is black."""
    bits = grayscale.bits
    ends = None if grayscale.measured else full_range_of("u", bits)
    black = np.where(grayscale.padding, np.nan, grayscale.values)
    largest = 0.0 if grayscale.measured else 2.0**bits - 1
    pixels = largest - black if grayscale.inverted else black
    height, width = samples.shape
    return Decoded(
        looked_up(_narrow(pixels, bits, grayscale.measured), samples, grayscale.lowest),
        width,
        height,
        bits,
        ends,
        largest if grayscale.inverted else None,
        as_wanted(samples, grayscale),
        grayscale.unshown,
    )


def _narrow(pixels: Array, bits: int, measured: bool) -> Array:
    """The values of pixels in the smallest type that holds them; of at most 8 bits from 0 to 255,
    as those of other formats are."""
    if measured or (bits > 8 and np.isnan(pixels).any()):
        return pixels.astype(np.float32)
    if bits <= 8:
        spread: Array = np.rint(np.nan_to_num(pixels) * (255 / (2**bits - 1)))
        return spread.astype(np.uint8)
    return pixels.astype(np.uint16)


def as_wanted(samples: Array, grayscale: Grayscale) -> Shown | None:
    """The image by the VOI LUT or window of its file, None where it has neither."""
    if grayscale.shown is None:
        return None
    light = 1 - grayscale.shown if grayscale.inverted else grayscale.shown
    table = np.where(grayscale.padding, 0, np.rint(255 * light)).astype(np.uint8)
    return Shown(looked_up(table, samples, grayscale.lowest), grayscale.how)


def looked_up(table: Array, samples: Array, lowest: int = 0) -> Array:
    """The entry of each sample; `lowest` is the sample of the first. Raises IndexError for a sample
    that has none."""
    if table.dtype == samples.dtype and np.array_equal(table, lowest + np.arange(len(table))):
        return samples
    if samples.dtype.itemsize > TWO_BYTES:
        return in_bands(np.roll(table, lowest).take, samples)
    import cv2  # half of the time of NumPy, which makes long integers of samples first

    highest, ends = lowest + len(table) - 1, np.iinfo(samples.dtype)
    if (lowest > ends.min and samples.min() < lowest) or (
        highest < ends.max and samples.max() > highest
    ):
        raise IndexError(f"samples beyond {lowest} to {highest}")
    entries = np.zeros(ends.max - ends.min + 1, table.dtype)
    entries[: len(table)] = table
    # Negative samples count from the end.
    return np.asarray(cv2.LUT(np.ascontiguousarray(samples), np.roll(entries, lowest)))

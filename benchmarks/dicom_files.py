"""Makes small DICOM files, for tests and for other benchmarks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
)

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"  # of pydicom itself
LOSSLESS = (RLELossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless)
ENCODERS: dict[UID, Callable[[NDArray[Any]], Any]] = {
    JPEGBaseline8Bit: lambda frame: imagecodecs.jpeg_encode(frame, level=98),
    JPEGExtended12Bit: lambda frame: imagecodecs.jpeg_encode(frame, level=98, bitspersample=12),
    JPEGLosslessSV1: lambda frame: imagecodecs.jpeg_encode(frame, lossless=True),
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEG2000Lossless: lambda frame: imagecodecs.jpeg2k_encode(frame, level=0, codecformat="j2k"),
    JPEG2000: lambda frame: imagecodecs.jpeg2k_encode(frame, level=60, codecformat="j2k"),
}


def dataset(
    pixels: NDArray[Any] | None, syntax: UID = ExplicitVRLittleEndian, /, **elements: Any
) -> Dataset:
    """A data set with pixels (h, w), (h, w, 3), or (frames, h, w) where `NumberOfFrames` is among
    the `elements`, which stand in the place of those that follow from the pixels."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = syntax
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = SecondaryCaptureImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = UID("1.2.3")
    if pixels is not None:
        several = "NumberOfFrames" in elements
        frames = pixels if several else pixels[None]
        colour = frames.ndim == 4
        bits = 8 * pixels.dtype.itemsize
        made.Rows, made.Columns = frames.shape[1:3]
        made.SamplesPerPixel = 3 if colour else 1
        made.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
        if colour:
            made.PlanarConfiguration = 0
        made.BitsAllocated = made.BitsStored = bits
        made.PixelRepresentation = int(pixels.dtype.kind == "i")
    for name, value in elements.items():
        setattr(made, name, value)
    if pixels is not None:
        made.HighBit = elements.get("HighBit", made.BitsStored - 1)
        _put_pixels(made, frames, syntax)
    return made


def write(path: Path, pixels: NDArray[Any] | None, *args: Any, **elements: Any) -> str:
    """Write `dataset` to a file and return its address."""
    dataset(pixels, *args, **elements).save_as(path, enforce_file_format=True)
    return str(path)


def _put_pixels(made: Dataset, frames: NDArray[Any], syntax: UID) -> None:
    if encode := ENCODERS.get(syntax):
        made.PixelData = encapsulate([bytes(encode(frame)) for frame in frames])
        made["PixelData"].VR = "OB"
        return
    little = syntax.is_little_endian or syntax == RLELossless
    data = frames.astype(frames.dtype.newbyteorder("<" if little else ">")).tobytes()
    made.PixelData = data + b"\0" * (len(data) % 2)
    made["PixelData"].VR = "OW" if frames.dtype.itemsize > 1 else "OB"
    if syntax == RLELossless:
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.compress(RLELossless, encoding_plugin="pydicom")

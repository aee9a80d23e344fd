"""The header of a DICOM file, read without its pixels, and whether there is a picture behind it."""

import logging
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pleura.data.readers import decoded
from pleura.data.readers.dicom.damaged import CURE, refusing
from pleura.errors import PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset

# pydicom remarks on odd elements, most of which say nothing about the pixels. Filters are set once,
# because catching warnings around each read is not safe among threads.
warnings.filterwarnings("ignore", module="pydicom")
logging.getLogger("pydicom").addHandler(logging.NullHandler())

MARK, MARK_AT = b"DICM", 128
SOME_ENDINGS = ("ima", "img", "dic", "dc3")  # of DICOM files of some makers, and of other files
LONG = 2**20  # bytes: longer values stay in the file until somebody asks for them
HEAD = 4096  # bytes, in which every file says how it is encoded
META_AT = 144  # where the file meta information begins that its first element gives the length of
DEFLATED = "1.2.840.10008.1.2.1.99"
MAX_FRAMES = 20_000
NEEDED = ("Rows", "Columns", "BitsAllocated", "BitsStored", "PhotometricInterpretation")


def is_dicom(path: Path) -> bool:
    """Whether a file has the mark of DICOM at its place, whatever its name is."""
    try:
        with path.open("rb") as file:
            return file.read(MARK_AT + len(MARK))[MARK_AT:] == MARK
    except OSError:
        return False


def is_unnamed_dicom(path: Path) -> bool:
    """Whether a file is DICOM whose name has no ending, or ends in a number, as those do that are
    called by their UID, or has one of `SOME_ENDINGS`."""
    ending = path.suffix.removeprefix(".")
    if ending and not ending.isdecimal() and ending.lower() not in SOME_ENDINGS:
        return False
    # Opening what is no file, such as a pipe, could wait for ever.
    return path.is_file() and is_dicom(path)


def read_header(path: Path) -> "Dataset":
    """What stands before the pixels, with `file_meta`; values of over 1 MB are left in the file.

    Raises PleuraError for what is no DICOM file, or does not say how it is encoded.
    """
    if not is_dicom(path):
        raise PleuraError("no DICOM file: 'DICM' is not at its byte 128")
    from pydicom import dcmread

    _refuse_inflated(path)
    with refusing("damaged header"):
        header = dcmread(path, defer_size=LONG, stop_before_pixels=True)
        encoded = header.file_meta.get("TransferSyntaxUID")
        if isinstance(kind := header.get("PhotometricInterpretation"), str):
            header.PhotometricInterpretation = kind.strip().upper()  # some write small letters
    if not encoded:
        raise PleuraError("says not how it is encoded: its transfer syntax is missing")
    return header


def frames_of(header: "Dataset") -> int:
    """How many frames the file says that it has; 1 where it does not say. Raises PleuraError for
    what is no number."""
    said = header.get("NumberOfFrames") or 1
    try:
        return int(said)
    except (TypeError, ValueError) as error:
        raise PleuraError(f"damaged: its number of frames is {said!r}; {CURE}") from error


def refuse_no_picture(header: "Dataset") -> None:
    """Raise PleuraError, which names what it is, for a file that holds no picture to learn from.

    That is one without pixels, such as a structured report, and a localiser.
    """
    if "Rows" not in header and "Columns" not in header:
        raise PleuraError(f"no image: it has no pixels; its kind is {_kind(header)}")
    kinds = [str(word).strip().upper() for word in _several(header.get("ImageType"))]
    if "LOCALIZER" in kinds:
        raise PleuraError("a localiser (its ImageType says so), no image to learn from")
    missing = [name for name in NEEDED if not header.get(name)]
    if missing:
        raise PleuraError(f"damaged: it lacks {', '.join(missing)}; {CURE}")


def refuse_large(header: "Dataset") -> None:
    """Raise PleuraError for more frames, or larger ones, than are decoded within 1 GB."""
    if (frames := frames_of(header)) > MAX_FRAMES or frames < 1:
        raise PleuraError(f"{frames} frames; 1 to {MAX_FRAMES:,} are read. Save the clip in parts")
    samples, of_sample = int(header.get("SamplesPerPixel") or 1), -(-header.BitsAllocated // 8)
    pixel_bytes = samples * of_sample
    if of_sample > 1:
        pixel_bytes *= 2  # modality values take twice as much
    if header.PhotometricInterpretation.startswith("YBR_FULL"):
        pixel_bytes *= 4  # pydicom makes red, green and blue of it in fractions
    decoded.refuse_huge(header.Columns, header.Rows, pixel_bytes)


def _refuse_inflated(path: Path) -> None:
    """Raise PleuraError for a deflated file that is larger inside than any image may be."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if DEFLATED.encode() not in head:
            return
        file.seek(META_AT + int.from_bytes(head[META_AT - 4 : META_AT], "little"))
        inside = zlib.decompressobj(-zlib.MAX_WBITS).decompress(file.read(), decoded.MAX_BYTES + 1)
    if len(inside) > decoded.MAX_BYTES:
        raise PleuraError(
            f"inflates to more than the {decoded.MAX_BYTES // 10**6} MB allowed; save it otherwise"
        )


def _kind(header: "Dataset") -> str:
    """What a file is by its SOP class, such as `Comprehensive structured report`."""
    meta = header.file_meta
    uid = header.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID")
    name = str(getattr(uid, "name", "") or "")
    if not name or (name[0].isdecimal() and "." in name):
        return "not said"
    return name.removesuffix(" Storage").replace(" SR", " structured report")


def _several(value: Any) -> list[Any]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)

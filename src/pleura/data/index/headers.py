"""What the header of an image file knows; no pixel is read."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import tifffile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from pleura.data.image_files import ENDINGS
from pleura.data.names import is_nothing
from pleura.data.readers.clips.described import describe_clip
from pleura.data.readers.clips.reader import ClipReader
from pleura.data.readers.decoded import refuse_huge
from pleura.data.readers.dicom.damaged import refusing
from pleura.data.readers.dicom.described import Described, describe, taken_on
from pleura.data.readers.dicom.header import read_header
from pleura.data.readers.dicom.reader import DicomReader
from pleura.data.readers.dicom.refused import refuse_unread
from pleura.data.readers.dicom.telling import Telling, telling_of
from pleura.data.readers.pillow import bits_of_png, orientation_of
from pleura.data.readers.tiff import TiffReader, page_of, turn_of_tiff
from pleura.errors import InputError, PleuraError


@dataclass(frozen=True)
class Header:
    """`width` and `height` of the upright image in pixels, `bits` of a sample. `clip`: whether it
    has several frames, whose number and `seconds` are None where the file does not say; `dicom`:
    what DICOM tells besides; `taken` and `telling`, its date and what tells its patient, which no
    table may hold."""

    format: str
    width: int
    height: int
    bits: int
    clip: bool = False
    frames: int | None = None
    seconds: float | None = None
    dicom: Described | None = None
    taken: date | None = None
    telling: Telling = field(default_factory=Telling)


def may_be_dicom(path: Path) -> bool:
    """Whether a file that is an image by its name is DICOM, or has no ending that says so."""
    ending = path.suffix.lower()
    return ending in DicomReader.suffixes or ending not in ENDINGS


def header_of(path: Path, salt: str) -> Header:
    """What the header of a file knows; `salt` keys the hashes of what DICOM says of persons.

    Raises PleuraError with the bare reason for a file that is no image to learn from: empty,
    damaged, without a picture, or too large to be decoded.
    """
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise PleuraError("the file is empty")
        if may_be_dicom(path):
            with refusing("damaged header"):
                return _of_dicom(path, salt)
        if path.suffix.lower() in ClipReader.suffixes:
            found = _of_clip(path)
        elif path.suffix.lower() in TiffReader.suffixes:
            found = _of_tiff(path)
        else:
            found = _of_picture(path)
    except InputError as error:  # which names the file, as `LeftOut` does
        raise PleuraError(str(error).removeprefix(f"{path}: ")) from error
    except PleuraError:
        raise
    except OSError as error:
        why = error.strerror or "damaged, or not what its name says"
        raise PleuraError(f"cannot be read ({why})") from error
    except Exception as error:  # decoders raise anything at all on damaged data
        raise PleuraError("damaged, or not what its name says") from error
    refuse_huge(found.width, found.height)
    return found


def _of_picture(path: Path) -> Header:
    with path.open("rb") as file:
        bits = bits_of_png(file)
        with JpegImageFile(file) if bits is None else PngImageFile(file) as image:
            size = _turned(*image.size, orientation_of(image))
    return Header("jpeg", *size, 8) if bits is None else Header("png", *size, bits)


def _of_tiff(path: Path) -> Header:
    with tifffile.TiffFile(path) as file:
        page = page_of(file, path)
        size, bits = (int(page.imagewidth), int(page.imagelength)), int(page.bitspersample)
    return Header("tiff", *_turned(*size, turn_of_tiff(path)), bits)


def _of_clip(path: Path) -> Header:
    known = describe_clip(path)
    size = known.width, known.height
    name = path.suffix.lower().removeprefix(".")
    if known.frames == 1:
        return Header(name, *size, 8)
    seconds = None if known.seconds is None else round(known.seconds, 3)
    return Header(name, *size, 8, True, known.frames, seconds)


def _of_dicom(path: Path, salt: str) -> Header:
    header = read_header(path)
    refuse_unread(header)
    # A name for nobody, such as ANONYMOUS, would make all such files those of one person.
    if is_nothing(str(header.get("PatientID") or "").strip()):
        header.PatientID = ""
    telling = telling_of(header)
    known = describe(header, salt, telling)
    return Header(
        "dicom",
        known.columns,
        known.rows,
        int(header.BitsStored),
        clip=known.frames > 1,
        frames=known.frames if known.frames > 1 else None,
        dicom=known,
        taken=taken_on(header),
        telling=telling,
    )


def _turned(width: int, height: int, turn: int) -> tuple[int, int]:
    """The size of an image after the turn that EXIF and TIFF number from 1 to 8."""
    return (height, width) if 5 <= turn <= 8 else (width, height)

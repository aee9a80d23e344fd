"""The DICOM file that an answer is about: whose it is, and how the answer refers to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pleura.data.readers import errors_of, split_address
from pleura.data.readers.dicom.header import frames_of, is_dicom, read_header
from pleura.deploy.predictor import Frame
from pleura.errors import InputError

if TYPE_CHECKING:
    from pydicom import Dataset

NEEDS = "pip install 'pleura[dicom]'"
UTF_8 = "ISO_IR 192"
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
WHO = ("PatientID", "PatientName", "AccessionNumber", "StudyID")
# What may be left empty where it is not valid: nobody is taken for somebody else without it.
BESIDE = ("PatientBirthDate", "StudyDate", "StudyTime", "ReferringPhysicianName")
SEXES = ("M", "F", "O")
CARRIED = ("BurnedInAnnotation", "PatientIdentityRemoved", "DeidentificationMethod")
LOSSY = ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod")


@dataclass(frozen=True)
class Source:
    """A DICOM file. `reference` has what identifies its patient, study and instance, and nothing
    else, in UTF-8; `carried`: what else holds of pictures that are made of it."""

    reference: "Dataset"
    carried: "Dataset"
    frames: int

    def numbers(self, frames: Sequence[Frame]) -> list[int] | None:
        """Which of its frames these are, from 1; None of a file of one frame."""
        if self.frames == 1:
            return None
        return [frame_of(str(frame.image)) + 1 for frame in frames]


def frame_of(address: str) -> int:
    """The number of the frame at an address, from 0."""
    _, member = split_address(address)
    return int(member or 0)


def source_of(address: str) -> Source:
    """The DICOM file at the address of an image.

    Raises InputError for any other file, and for one that does not say whose it is.
    """
    needed()
    path, _ = split_address(address)
    if not is_dicom(path):
        raise InputError(
            f"{address}: is no DICOM file, so no patient and no study is known to which a DICOM "
            "file could belong; ask for PNG"
        )
    with errors_of(address):
        header = read_header(path)
        header.decode()
        frames = frames_of(header)
    return Source(_reference(header, address), _carried(header), frames)


def needed() -> None:
    """Raise InputError where highdicom is missing."""
    try:
        import highdicom  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"DICOM files are written by highdicom, which is not installed: {NEEDS}"
        ) from error


def _reference(header: "Dataset", address: str) -> "Dataset":
    from pydicom import Dataset

    made = Dataset()
    made.SpecificCharacterSet = UTF_8
    for name in UIDS:
        value = header.get(name)
        if not value or not getattr(value, "is_valid", False):
            raise InputError(
                f"{address}: has no valid {name}, so no DICOM file can refer to it; ask for PNG"
            )
        setattr(made, name, value)
    for name in WHO:
        try:
            setattr(made, name, _valid(header, name))
        except ValueError as error:
            raise InputError(
                f"{address}: its {name} is not valid in DICOM, and must not be changed; ask for PNG"
            ) from error
    for name in BESIDE:
        try:
            setattr(made, name, _valid(header, name))
        except ValueError:
            setattr(made, name, "")
    sex = str(header.get("PatientSex") or "")
    made.PatientSex = sex if sex in SEXES else ""
    return made


def _valid(header: "Dataset", name: str) -> str:
    """The text of an element. Raises ValueError where it is not what the standard allows."""
    from pydicom.config import RAISE
    from pydicom.datadict import dictionary_VR
    from pydicom.valuerep import validate_value

    text = str(header.get(name) or "")
    validate_value(dictionary_VR(name), text, RAISE)
    return text


def _carried(header: "Dataset") -> "Dataset":
    """What holds of the pixels, and so of every picture that shows them."""
    from pydicom import Dataset

    made = Dataset()
    for name in (*CARRIED, *LOSSY, "PatientOrientation", "Laterality"):
        if (value := header.get(name)) not in (None, ""):
            try:
                setattr(made, name, value)
            except ValueError:
                continue
    return made

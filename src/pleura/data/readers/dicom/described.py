"""What the header of a DICOM file knows of its image, with nothing in it that tells who it shows.

Identifiers are replaced by keyed hashes (HMAC, SHA-256), so that those who have no key can still
tell that two images are of one patient. Of dates the year alone is left; where it is known whose
images are whose, `pleura.data.index.days` hides them.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pleura.data.names import is_nothing, name_key
from pleura.data.readers.dicom.damaged import refusing
from pleura.data.readers.dicom.header import frames_of, read_header
from pleura.data.readers.dicom.layers import layers_of
from pleura.data.readers.dicom.spacing import spacing_of
from pleura.data.readers.dicom.telling import Telling, telling_of, tells
from pleura.errors import InputError, PleuraError

if TYPE_CHECKING:
    from pydicom import Dataset

HASH = 16  # hexadecimal digits
HASHED = re.compile(rf"[0-9a-f]{{{HASH}}}")
OLDEST = 90.0  # years; who is older could be told by that
YEARS_OF = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


@dataclass(frozen=True)
class Described:
    """What is known of one file; "" or None where its header does not say.

    `patient`, `study`, `series` and `image` are hashes. `view` is the view position, `laterality`
    L, R or B, `age` in years (90 stands for all above), `sex` M, F or O, `year` that of the
    calendar, `burned_in` YES or NO: whether the file says that names stand in its pixels. `rows`,
    `columns` in pixels; `row_mm`, `column_mm` the size of one, and `spacing_from` the element that
    says so (`spacing_of`): ImagerPixelSpacing is at the detector, where things are larger than in
    the patient, unless the file estimates by how much.
    """

    patient: str
    study: str
    series: str
    image: str
    modality: str
    view: str
    laterality: str
    age: float | None
    sex: str
    manufacturer: str
    model: str
    year: int | None
    burned_in: str
    rows: int
    columns: int
    frames: int
    row_mm: float | None
    column_mm: float | None
    spacing_from: str

    def as_dict(self) -> dict[str, Any]:
        """The same by name, for a row of a table."""
        return asdict(self)


def describe_file(path: Path, salt: str) -> Described:
    """What the header of a file knows, as `describe` tells it; its pixels are not read.

    Raises InputError that names the file, for what is no DICOM file and for a damaged header, and
    for an empty `salt`.
    """
    try:
        with refusing("damaged header"):
            return describe(read_header(path), salt)
    except PleuraError as error:
        raise InputError(f"{path}: {error}") from error


def describe(header: "Dataset", salt: str, telling: Telling | None = None) -> Described:
    """What a header that `read_header` gave knows of its image.

    `salt` is the key of the hashes; who has it can tell who is who, and who has another gets other
    hashes. `telling` is what `telling_of` gives of the header, for those who have asked already.
    Raises InputError for an empty salt.
    """
    if not salt:
        raise InputError("salt: give a secret text, so that hashes cannot be turned back")
    patient = _patient(header)
    taken = taken_on(header)
    spacing = spacing_of(layers_of(header, 0))
    known = telling or telling_of(header)

    def plain(name: str) -> str:
        """A text that is kept, "" where it holds something that tells who the patient is."""
        text = _text(header, name)
        return "" if tells(text, known) else text

    return Described(
        patient=keyed_hash(salt, "patient", patient),
        study=keyed_hash(salt, "study", _text(header, "StudyInstanceUID")),
        series=keyed_hash(salt, "series", _text(header, "SeriesInstanceUID")),
        image=keyed_hash(salt, "image", _text(header, "SOPInstanceUID")),
        modality=plain("Modality"),
        view=plain("ViewPosition"),
        laterality=_one_of("LRB", _text(header, "ImageLaterality") or _text(header, "Laterality")),
        age=_age(header, taken),
        sex=_one_of("MFO", _text(header, "PatientSex")),
        manufacturer=plain("Manufacturer"),
        model=plain("ManufacturerModelName"),
        year=taken.year if taken else None,
        burned_in={"YES": "YES", "NO": "NO"}.get(_text(header, "BurnedInAnnotation").upper(), ""),
        rows=int(header.get("Rows") or 0),
        columns=int(header.get("Columns") or 0),
        frames=frames_of(header),
        row_mm=spacing.rows if spacing else None,
        column_mm=spacing.columns if spacing else None,
        spacing_from=spacing.source if spacing else "",
    )


def taken_on(header: "Dataset") -> date | None:
    """The date of the study, or else that of the image; None where the header does not say."""
    return _date(header, "StudyDate") or _date(header, "AcquisitionDate")


def keyed_hash(salt: str, kind: str, value: str) -> str:
    """The hash of an identifier, "" where there is none; the same value of another `kind` has
    another."""
    if not value:
        return ""
    return hmac.new(salt.encode(), f"{kind}:{value}".encode(), "sha256").hexdigest()[:HASH]


def is_hash(name: str) -> bool:
    """Whether a name is a `keyed_hash` by its looks. One of digits alone is rather a number."""
    text = name.strip().casefold()
    return bool(HASHED.fullmatch(text)) and not text.isdecimal()


def hashes_among(names: Iterable[str]) -> set[str]:
    """Those of some names that are hashes. Beside others that are, one of digits alone is one."""
    every = {*names}
    if not any(map(is_hash, every)):
        return set()
    return {name for name in every if HASHED.fullmatch(name.strip().casefold())}


def _patient(header: "Dataset") -> str:
    """What all spellings of a patient's number share, "" where it names nobody.

    Hashes of two spellings would be two patients for ever. The issuer is left out, since it is
    missing in some files of a patient: two people of one number count as one, which costs a little
    and leaks nothing.
    """
    number = _text(header, "PatientID")
    return "" if is_nothing(number) else name_key(number)


def _text(header: "Dataset", name: str) -> str:
    return str(header.get(name) or "").strip()


def _one_of(letters: str, text: str) -> str:
    return text.upper() if len(text) == 1 and text.upper() in letters else ""


def _date(header: "Dataset", name: str) -> date | None:
    try:
        return datetime.strptime(_text(header, name)[:8], "%Y%m%d").date()
    except ValueError:
        return None


def _age(header: "Dataset", taken: date | None) -> float | None:
    """Years: whole ones from two on, months before."""
    text = _text(header, "PatientAge").upper()
    born = _date(header, "PatientBirthDate")
    if text[:-1].isdecimal() and text[-1:] in YEARS_OF:
        years = int(text[:-1]) * YEARS_OF[text[-1]]
    elif born and taken and born <= taken:
        years = (taken - born).days / 365.25
    else:
        return None
    return min(float(int(years)), OLDEST) if years >= 2 else int(12 * years + 1e-6) / 12

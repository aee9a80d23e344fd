"""What in the header of a DICOM file tells who it shows, and whether a text holds some of it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pleura.data.readers.dicom.dates import (
    NO_LETTERS,
    as_spelled,
    dates_of,
    short_spellings,
    spellings,
)

if TYPE_CHECKING:
    from pydicom import Dataset

NAMES, NAMES_AND_DATES = "PN", ("PN", "UI", "DA")  # value representations
DATES = ("DA", "DT")
SEQUENCE = "SQ"
NUMBERS = ("PatientID", "OtherPatientIDs", "IssuerOfPatientID", "AccessionNumber", "StudyID")
PATIENT_NAMES = ("PatientName", "OtherPatientNames")
SHORTEST = 3  # letters of a part that is looked for inside the words of a text of the header
LONG = 5  # letters of a part that no name of a file holds by chance inside a longer word
DIGITS = 4  # of a number, which tell even without the letters before them


@dataclass(frozen=True)
class Telling:
    """What of a header tells: `parts` of the names of persons, of numbers, UIDs and dates, and
    `dates` as people spell them, all of them letters and digits alone, in lower case;
    `short_dates` are those of two digits a year."""

    parts: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    short_dates: frozenset[str] = frozenset()


def telling_of(header: "Dataset") -> Telling:
    """What a header has that tells.

    Parts of two letters are those of the patient's name alone: initials of others would take views
    such as AP for names.
    """
    parts: set[str] = set()
    days: set[date] = set()
    for element in header.iterall():
        if element.VR == SEQUENCE:  # whose elements follow
            continue
        text = str(element.value).casefold()
        if element.VR in DATES:
            days.update(dates_of(text))
        if element.VR in NAMES_AND_DATES or element.keyword in NUMBERS:
            words = re.split(r"[\s^=]+", text)
            if element.VR == NAMES:
                words += NO_LETTERS.split(text)
            if element.keyword in NUMBERS:
                words += re.findall(rf"\d{{{DIGITS},}}", text)
            parts.update(word for word in map(_bare, words) if len(word) >= SHORTEST)
        if element.keyword in PATIENT_NAMES:
            family_given_middle = text.split("=")[0].split("^")[:3]
            parts.update(word for word in map(_bare, family_given_middle) if len(word) == 2)
    return Telling(
        frozenset(parts),
        frozenset(text for day in days for text in spellings(day)),
        frozenset(text for day in days for text in short_spellings(day)),
    )


def tells(text: str, telling: Telling, inside: int = SHORTEST) -> bool:
    """Whether a text holds something that tells: parts of `inside` letters or more anywhere among
    its letters and digits, shorter ones as whole words beside others; dates in any usual order."""
    folded = text.casefold()
    words, letters = {*NO_LETTERS.split(folded)} - {""}, _bare(folded)
    if any(
        part in letters if len(part) >= inside else part in words and part != letters
        for part in telling.parts
    ):
        return True
    spelled, short = as_spelled(folded)
    return not short.isdisjoint(telling.short_dates) or any(day in spelled for day in telling.dates)


def _bare(text: str) -> str:
    return NO_LETTERS.sub("", text)

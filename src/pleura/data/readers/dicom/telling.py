"""What in the header of a DICOM file tells who it shows, and whether a text holds some of it."""

import re
import unicodedata
from collections.abc import Iterator
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
_DENSE = re.compile(r"^(CJK|HANGUL|HIRAGANA|KATAKANA)")
_STROKES = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "ı": "i"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


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

    Parts of two letters, and parts put together, are those of the patient's name alone: initials of
    others would take views such as AP for names.
    """
    parts: set[str] = set()
    days: set[date] = set()
    for element in header.iterall():
        if element.VR == SEQUENCE:  # whose elements follow
            continue
        text = folded(str(element.value))
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
            names = element.value if element.VM > 1 else [element.value]
            parts.update(part for name in names for part in _parts_of_name(str(name)))
    return Telling(
        frozenset(parts),
        frozenset(text for day in days for text in spellings(day)),
        frozenset(text for day in days for text in short_spellings(day)),
    )


def tells(text: str, telling: Telling, inside: int = SHORTEST) -> bool:
    """Whether a text holds something that tells: parts of `inside` letters or more anywhere among
    its letters and digits, shorter ones as whole words beside others; dates in any usual order.
    Accents make no difference, and of signs that each stand for a syllable or a word two are long.
    """
    for plain in {folded(text), _latin(text)}:
        words, letters = {*NO_LETTERS.split(plain)} - {""}, _bare(plain)
        if any(
            part in letters
            if len(part) >= inside or _is_dense(part)
            else part in words and part != letters
            for part in telling.parts
        ):
            return True
    spelled, short = as_spelled(text.casefold())
    return not short.isdisjoint(telling.short_dates) or any(day in spelled for day in telling.dates)


def folded(text: str) -> str:
    """The text in small letters without accents."""
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_STROKES))
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)  # the parts of a Korean syllable as one again


def _latin(text: str) -> str:
    """The same with German vowels as two letters."""
    return folded(unicodedata.normalize("NFC", text).casefold().translate(_GERMAN))


def _parts_of_name(name: str) -> Iterator[str]:
    """Family, given and middle name in each of the scripts, of two letters and more, and joined as
    people join them: family and given name, the other way round, and all three."""
    for group in name.split("="):
        for spelled in {folded(group), _latin(group)}:
            parts = [*map(_bare, spelled.split("^")[:3])]
            family, given, _ = [*parts, "", ""][:3]
            joined = [family + given, given + family, "".join(parts)] if family and given else []
            yield from (part for part in (*parts, *joined) if len(part) > 1)


def _is_dense(part: str) -> bool:
    """Whether a part is of two signs or more that each stand for a syllable or a word."""
    return len(part) > 1 and all(_DENSE.search(unicodedata.name(sign, "")) for sign in part)


def _bare(text: str) -> str:
    return NO_LETTERS.sub("", text)

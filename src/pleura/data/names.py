"""What counts as the same name: of a patient, a video, a label, a source, a structure or a part.

Tables pass through spreadsheets, data frames and file systems, which write one name in many ways:
`7` comes back as `7.0` or `0007`, `P7` as `p7`, and an accented letter as one character or as two.
Whatever compares names compares these keys. Files are found by `pleura.data.addresses`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from pleura.data.nothing import is_program_word, is_word_for_nothing

# Characters that nobody sees: byte order mark, zero-width blanks, soft hyphen, marks of direction
# (Cf), control characters (Cc), private ones (Co) and selectors of a glyph.
_UNSEEN = ("Cf", "Cc", "Co")
_SELECTORS = dict.fromkeys(range(0xFE00, 0xFE10))
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02bc\u2032\u00b4"), "'")
_BLANK = re.compile(r" (?!\d)|(?<!\d) ")  # between two digits it keeps two numbers apart
# 7.0 and P7.0, but not 1.2.0; three zeros may be thousands.
_WHOLE = re.compile(r"(.*(?<![\d.,]))?(\d+)[.,]0{1,2}")
# A zero behind a decimal point counts: 1.05 is not 1.5.
_ZEROS = re.compile(r"(?<!\d)(?<!\d[.,])0+(?=\d)")
# Between words only: `-1` and `1` are two labels.
_BETWEEN_WORDS = re.compile(r"(?<=[^\W\d_])[_-]+(?=\w)")
_PARTS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
# Small letters of the Cyrillic and the Greek alphabet of which the capital, or the letter itself,
# looks like a Latin one. Not the Greek m, which stands in units: 5 \u00b5m is not 5 mm.
_CYRILLIC = "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456"
_GREEK = "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7"
_LOOKALIKES = str.maketrans(f"{_CYRILLIC}{_GREEK}", "abekmhopctyxi" + "abezhiknoptyx")
# A whole number as programs write it that take it for a measurement: 1.23457E+11, 1e+05.
_SHORTENED = re.compile(r"(\d)(?:[.,](\d+))?e\+(\d{1,2})")
# How spreadsheets are kept from taking digits for a number: ="0007", "0007", '0007.
_GUARDED = re.compile(r"=? ?\"(.+)\"|'(.+?)'?")
RESERVED_CLASSES = ("all", "macro")  # what the tables of a study call all classes together
KNOWN = 1 << 17  # names whose keys are remembered


def composed(text: str) -> str:
    """The text with each accented letter as one character where there is one (Unicode NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@lru_cache(KNOWN)
def name_key(name: str) -> str:
    """What all spellings of a patient's or a video's name share.

    Two names with one key differ at most in Unicode form, in characters that nobody sees, in the
    kind of hyphen, apostrophe or digit, case, blanks (but one between digits), zeros before a
    number, a trailing `.0` of a whole number, in letters of two alphabets that look alike, in the
    quotes around a spreadsheet's text, or in how a long number is written (`1E+05`). `P1` and
    `P10`, `7` and `70`, `A-1` and `A1` have different keys.
    """
    text = _visible(name)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.casefold()).translate(_LOOKALIKES)
    text = " ".join(text.casefold().split()).replace("`", "'")
    if guarded := _GUARDED.fullmatch(text):
        text = (guarded[1] or guarded[2]).strip()
    text = _BLANK.sub("", text)
    if whole := _WHOLE.fullmatch(text):
        text = f"{whole[1] or ''}{whole[2]}"
    if short := _SHORTENED.fullmatch(text):
        digits, zeros = short[1] + (short[2] or ""), int(short[3]) - len(short[2] or "")
        text = digits + "0" * zeros if zeros >= 0 else text
    return _ZEROS.sub("", text)


def is_shortened(name: str) -> bool:
    """Whether a name is a whole number of which a spreadsheet or a data frame may have kept the
    first digits only, such as 1.23457E+11."""
    return bool(_SHORTENED.fullmatch(_visible(name).strip().casefold()))


def _visible(text: str) -> str:
    """The text without characters that nobody sees, in composed letters, and with one kind of
    hyphen, apostrophe and digit."""
    if text.isascii() and text.isprintable():
        return text
    seen = "".join(map(_seen, text.translate(_SELECTORS | _HYPHENS | _QUOTES)))
    return unicodedata.normalize("NFKC", seen)


def _seen(character: str) -> str:
    """A digit of any script as one of 0 to 9, other characters as they are, and "" for a character
    that nobody sees."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    unseen = unicodedata.category(character) in _UNSEEN and not character.isspace()
    return "" if unseen else character


@lru_cache(KNOWN)
def word_key(word: str) -> str:
    """What all spellings of a label, a source or a structure share.

    As `name_key`, without any blanks and without `_` and `-` between words.
    """
    return _BETWEEN_WORDS.sub("", name_key(word).replace(" ", ""))


def is_missing(cell: str) -> bool:
    """Whether a cell holds nothing, or what programs write for that, such as nan or #REF!."""
    return is_program_word(_visible(cell))


@lru_cache(KNOWN)
def is_nothing(cell: str) -> bool:
    """Whether a cell names nobody: it is missing, has no letter or digit, or holds a word such as
    unknown or not_recorded."""
    return is_word_for_nothing(_visible(cell))


def part_of(cell: str) -> str | None:
    """The part that a cell of a split column names: train, validation or test; "" for a word for
    nothing, None for any other word."""
    return "" if is_nothing(cell) else _PARTS.get(name_key(cell))


def alike(names: Iterable[str], key: Callable[[str], str]) -> list[list[str]]:
    """The sets of different names that share a `key`, names and sets in the order given."""
    by_key: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        by_key.setdefault(key(name), []).append(name)
    return [spellings for spellings in by_key.values() if len(spellings) > 1]

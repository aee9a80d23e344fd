"""Dates as people write them into names of files and folders: 2019-03-04, 4.3.2019, 04mar2019."""

import re
from collections.abc import Iterator
from datetime import date

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
OLDEST = 1900  # of the years that two digits stand for
_DATE = re.compile(r"(?<!\d)(\d{4})\.?(\d\d)\.?(\d\d)")  # of DICOM, and of its old versions
NO_LETTERS = re.compile(r"[\W_]+")
_MONTH = re.compile("|".join(MONTHS))
_ONE_DIGIT = re.compile(r"(?<!\d)\d(?!\d)")
# Six digits by themselves, or three times two between signs of one kind; looked ahead, so that
# 01_04_03_19 holds 04_03_19, too.
_SHORT = re.compile(r"(?<!\d)(?=(\d\d)([\W_]?)(\d\d)\2(\d\d)(?!\d))")


def dates_of(text: str) -> Iterator[date]:
    """The dates in the text of a DICOM element that holds dates, or dates and times."""
    for found in _DATE.finditer(text):
        try:
            yield date(*map(int, found.groups()))
        except ValueError:
            continue


def spellings(day: date) -> Iterator[str]:
    """A date in its usual orders, with the month as a number and as a word, without what stands
    between: 20190304, 04032019, 03042019, 04mar2019, mar042019, 2019mar04."""
    year, of_month = f"{day.year:04}", f"{day.day:02}"
    for month in (f"{day.month:02}", MONTHS[day.month - 1][:3]):
        yield from (year + month + of_month, of_month + month + year, month + of_month + year)


def short_spellings(day: date) -> Iterator[str]:
    """The same as numbers with two digits of the year: 190304, 040319, 030419.

    Not of a first of January, which programs put in the place of dates that they take away:
    IM000101 is a number and no 1 January 1900.
    """
    if day.year < OLDEST or (day.month, day.day) == (1, 1):
        return
    year, month, of_month = f"{day.year % 100:02}", f"{day.month:02}", f"{day.day:02}"
    yield from (year + month + of_month, of_month + month + year, month + of_month + year)


def as_spelled(text: str) -> tuple[str, frozenset[str]]:
    """A text in lower case such that `spellings` are found in it, and what in it can be one of the
    `short_spellings`."""
    short = frozenset("".join(found.group(1, 3, 4)) for found in _SHORT.finditer(text))
    padded = _ONE_DIGIT.sub(r"0\g<0>", _MONTH.sub(lambda month: month[0][:3], text))
    return NO_LETTERS.sub("", padded), short

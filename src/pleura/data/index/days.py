"""Hides the dates of images: of one patient, what lies between two of them is left."""

from collections.abc import Sequence
from dataclasses import replace

from pleura.data.index.pattern import PATIENT
from pleura.data.index.rows import Entry
from pleura.data.names import name_key
from pleura.data.readers.dicom.described import keyed_hash

DAYS = 36_525  # a hundred years, over which secret days are spread


def with_days(entries: Sequence[Entry], salt: str) -> list[Entry]:
    """The entries, each with the days from a secret day of its patient, None without a date.

    The patient is the one that the table names, be it by a pattern or by a header; so this comes
    after `with_patients`.
    """
    return [replace(entry, day=_day(entry, salt)) for entry in entries]


def _day(entry: Entry, salt: str) -> int | None:
    patient, taken = name_key(entry.named.get(PATIENT, "")), entry.header.taken
    # Without a salt or a patient nothing is secret, and the day would be the date.
    if taken is None or not salt or not patient:
        return None
    return taken.toordinal() - int(keyed_hash(salt, "day", patient), 16) % DAYS

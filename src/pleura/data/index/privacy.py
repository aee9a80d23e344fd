"""Warnings of what in a folder of DICOM files tells who the patients are, although the table has
hashes of them."""

from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from pleura.data.index.pattern import PATIENT
from pleura.data.index.rows import Entry
from pleura.data.readers.dicom.telling import LONG, tells
from pleura.wording import count, first_few


def privacy_warnings(
    entries: Sequence[Entry], before: str, mask_of: Mapping[Path, Path]
) -> Iterator[str]:
    """Sentences on paths, and on patients taken from paths, that hold a part of what the header of
    their own file says of persons, numbers, UIDs or dates, and on names in the pixels.

    Paths are those that stand in the table, of images and of their masks: with what is `before`
    those of the entries (`address_in`).
    """

    def addresses(entry: Entry) -> list[str]:
        paths = [entry.path, *filter(None, [mask_of.get(entry.path)])]
        return [before + path.as_posix() for path in paths]

    dicom = [entry for entry in entries if entry.header.dicom]
    if telling := [path for entry in dicom if (path := _first_told(entry, addresses(entry)))]:
        yield (
            f"warning: the paths of {_of(telling, dicom)} hold a part of a name, a number, a date "
            f"or a UID of their header: {first_few(telling)}; they stand in the table and in what "
            "a study writes: rename files and folders, and index them anew, before you share any"
        )
    hashes = {header.patient for entry in dicom if (header := entry.header.dicom)}
    if clear := [entry for entry in dicom if _is_clear(entry, hashes)]:
        yield (
            f"warning: the patients of {_of(clear, dicom)} are such parts by your pattern, and "
            f"stand in the table: {_examples(clear)}; leave --patient out where headers know the "
            "patients, which are hashes then"
        )
    if burned := [entry for entry in dicom if _is_burned_in(entry)]:
        yield (
            f"warning: the headers of {_of(burned, dicom)} say that names may stand in their "
            f"pixels (BurnedInAnnotation): {_examples(burned)}; look at them, or leave them out of "
            "a study by where: {burned_in: '!YES'}"
        )


def _first_told(entry: Entry, texts: Sequence[str]) -> str:
    return next((text for text in texts if _tells(entry, text)), "")


def _tells(entry: Entry, text: str) -> bool:
    return tells(text, entry.header.telling, LONG)


def _is_clear(entry: Entry, hashes: Set[str]) -> bool:
    patient = entry.named.get(PATIENT, "")
    return patient not in hashes and _tells(entry, patient)


def _is_burned_in(entry: Entry) -> bool:
    return entry.header.dicom is not None and entry.header.dicom.burned_in == "YES"


def _of(some: Sequence[object], entries: Sequence[Entry]) -> str:
    return f"{len(some):,} of {count(len(entries), 'DICOM file')}"


def _examples(entries: Sequence[Entry]) -> str:
    return first_few(entry.path.as_posix() for entry in entries)

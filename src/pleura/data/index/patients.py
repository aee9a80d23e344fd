"""Whose each image is: by patterns of names, by the header of DICOM, or as the user chooses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pleura.data.index.pattern import PATIENT, VIDEO, NamePattern, read_names
from pleura.data.index.people import People, people_of
from pleura.data.index.propose import Proposal, propose
from pleura.data.index.rows import Entry
from pleura.data.index.sizes import LabelsOf, no_labels
from pleura.errors import InputError
from pleura.wording import count, first_few

Ask = Callable[[Sequence[Proposal]], Proposal | None]


def with_patients(
    entries: Sequence[Entry],
    patterns: Sequence[NamePattern],
    ask: Ask | None,
    besides: Callable[[], Sequence[str]] = lambda: (),
    labels_of: LabelsOf = no_labels,
    tables: Sequence[str] = (),
) -> tuple[list[Entry], list[str]]:
    """The entries with what their names say by the first of the `patterns` that fits, each of a
    patient, and sentences on that.

    Names and headers are joined (`people_of`); a header without a patient has that of its study
    (`_of_headers`). Without patterns, where headers leave patients open,
    `ask` chooses among what names suggest, for all files. Where a video is known and no patient,
    the video counts as one. Raises InputError where somebody is not known: a guess could let images
    of one patient train and test. It lists what names suggest, with the patients of
    each class by `labels_of`, and what `besides` gives. `tables` are options that name tables which
    know the patients; where there are any, nobody is asked.
    """
    headers = _of_headers(entries)
    if not patterns and not all(_people(entries, headers).patients):
        proposals = propose([entry.path for entry in entries], headers, labels_of)
        if not ask or tables or not (chosen := ask(proposals)):
            unknown = _people(entries, headers).patients.count("")
            raise InputError(
                f"of {count(unknown, 'file')} nothing says who the patient is, and images of one "
                "patient must not train and test. No table was written; give one of these, or a "
                "pattern of your own (in doubt the one with fewer patients, unless one patient "
                "has most of a class):",
                [*tables, *map(str, proposals), *besides()],
            )
        patterns = [NamePattern(pattern) for pattern in chosen.patterns]
    named = _named(entries, patterns)
    people = _people(named, headers)
    if unfit := [it.path for it, who in zip(named, people.patients, strict=True) if not who]:
        raise InputError(
            f"{count(len(unfit), 'file')} of {len(entries):,} fit no --patient pattern, or are "
            "of nobody by it; give one more for them: the first that fits counts.",
            [path.as_posix() for path in unfit],
        )
    known = [
        replace(entry, named={**entry.named, PATIENT: who})
        for entry, who in zip(named, people.patients, strict=True)
    ]
    return known, [
        *_told(named, headers, people),
        *_divided(known, "person"),
        *_divided(known, "study"),
    ]


def _people(entries: Sequence[Entry], headers: Sequence[str]) -> People:
    return people_of([entry.named for entry in entries], headers)


def _named(entries: Sequence[Entry], patterns: Sequence[NamePattern]) -> list[Entry]:
    return [
        replace(entry, named={**entry.named, **read_names(patterns, entry.path)})
        for entry in entries
    ]


def _of_headers(entries: Sequence[Entry]) -> list[str]:
    """The patient of each header, "" where it knows none; of a header that knows its study alone,
    the one patient whom the other headers of that study know. A study that all files share was made
    up and tells nothing."""
    patients_of: dict[str, set[str]] = {}
    for entry in entries:
        if (header := entry.header.dicom) and header.study:
            patients_of.setdefault(header.study, set()).update({header.patient} - {""})
    of_study = {study: min(of) for study, of in patients_of.items() if len(of) == 1}
    several = len(patients_of) > 1
    return [
        (header.patient or of_study.get(header.study, "") * several) if header else ""
        for header in (entry.header.dicom for entry in entries)
    ]


def _told(named: Sequence[Entry], headers: Sequence[str], people: People) -> list[str]:
    told = [count(len({*people.patients}), "patient")]
    of_study = [
        bool(header and it.header.dicom and not it.header.dicom.patient)
        for it, header in zip(named, headers, strict=True)
    ]
    if number := sum(of_study):
        verb = "has" if number == 1 else "have"
        told.append(
            f"{count(number, 'DICOM file')} without a patient in the header {verb} the one of "
            f"{'its' if number == 1 else 'their'} study"
        )
    pairs = zip(named, headers, strict=True)
    if any(PATIENT not in it.named and VIDEO in it.named and not header for it, header in pairs):
        told.append("names of files give videos and no patients: each video counts as a patient")
    return [*told, *people.told()]


def _divided(entries: Sequence[Entry], what: str) -> Iterator[str]:
    """A warning where what DICOM headers say is one `person`, or one `study`, which is of one
    person, is of several patients: many anonymised files say no more."""
    patients_of: dict[str, set[str]] = {}
    for entry in entries:
        if header := entry.header.dicom:
            key = header.patient if what == "person" else header.study
            if key:
                patients_of.setdefault(key, set()).add(entry.named[PATIENT])
    if divided := [sorted(names) for names in patients_of.values() if len(names) > 1]:
        among = "person" if what == "person" else "study, so one person"
        more = f"; there are {len(divided)} such {'people' if what == 'person' else 'studies'}"
        yield (
            f"warning: DICOM headers say that {first_few(divided[0])} are one {among}"
            + more * bool(divided[1:])
            + "; as the table has it, images of one person can train and test"
        )

"""Whose each image is: by patterns of names, by the header of DICOM, or as the user chooses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pleura.data.index.pattern import PATIENT, VIDEO, NamePattern, read_names
from pleura.data.index.propose import Proposal, propose
from pleura.data.index.rows import Entry
from pleura.data.names import is_nothing
from pleura.errors import InputError
from pleura.wording import count, first_few

Ask = Callable[[Sequence[Proposal]], Proposal | None]


def with_patients(
    entries: Sequence[Entry],
    patterns: Sequence[NamePattern],
    ask: Ask | None,
    besides: Callable[[], Sequence[str]] = lambda: (),
) -> tuple[list[Entry], list[str]]:
    """The entries with what their names say by the first of the `patterns` that fits, each of a
    patient, and sentences on that.

    What a name says goes before what a header says, unless headers name several patients and the
    patterns divide one of them. Without patterns, where headers leave patients
    open, `ask` chooses among what names suggest. Where a video is known and no patient, the video
    counts as one. Raises InputError where somebody is not known: a guess could let images of one
    patient train and test. It lists what names suggest, and what `besides` gives.
    """
    kept: list[str] = []
    if patterns:
        entries, kept = _undivided(entries, _named(entries, patterns))
        if unfit := [entry for entry in entries if not _patient(entry)]:
            raise InputError(
                f"{count(len(unfit), 'file')} of {len(entries):,} fit no --patient pattern, or are "
                "of nobody by it; give one more for them: the first that fits counts.",
                [entry.path.as_posix() for entry in unfit],
            )
    elif unknown := [entry for entry in entries if not _patient(entry)]:
        chosen = _chosen([*unknown], ask, besides)
        named = _named(unknown, [NamePattern(pattern) for pattern in chosen.patterns])
        of_path = {entry.path: entry for entry in named}
        entries = [of_path.get(entry.path, entry) for entry in entries]
    return [replace(entry, named={**entry.named, PATIENT: _patient(entry)}) for entry in entries], [
        *_told(entries),
        *kept,
    ]


def _named(entries: Sequence[Entry], patterns: Sequence[NamePattern]) -> list[Entry]:
    return [
        replace(entry, named={**entry.named, **read_names(patterns, entry.path)})
        for entry in entries
    ]


def _undivided(entries: Sequence[Entry], named: Sequence[Entry]) -> tuple[list[Entry], list[str]]:
    """The `named` entries, without the patients of their names where DICOM headers name several
    patients and names divide one of them; and a sentence on that.

    Headers that name one patient for all files were made anonymous so, and say nothing.
    """
    names_of: dict[str, set[str]] = {}
    for before, after in zip(entries, named, strict=True):
        if patient := _of_header(before):
            names_of.setdefault(patient, set()).add(_patient(after))
    if len(names_of) < 2 or all(len(names) == 1 for names in names_of.values()):
        return [*named], []
    kept = [
        before if _of_header(before) else after
        for before, after in zip(entries, named, strict=True)
    ]
    number = count(sum(bool(_of_header(entry)) for entry in entries), "DICOM file")
    return kept, [
        f"patients of {number} are those of the headers, since --patient would make several people "
        "of one of them"
    ]


def _of_header(entry: Entry) -> str:
    return entry.header.dicom.patient if entry.header.dicom else ""


def _patient(entry: Entry) -> str:
    """The patient by the name of the file, its video or its header; "" where nobody is named."""
    candidates = (entry.named.get(PATIENT, ""), _of_header(entry), entry.named.get(VIDEO, ""))
    return next((name for name in candidates if not is_nothing(name)), "")


def _chosen(
    unknown: Sequence[Entry], ask: Ask | None, besides: Callable[[], Sequence[str]]
) -> Proposal:
    proposals = propose([entry.path for entry in unknown])
    if ask and (chosen := ask(proposals)):
        return chosen
    raise InputError(
        f"of {count(len(unknown), 'file')} nothing says who the patient is, and images of one "
        "patient must not train and test. No table was written; give one of these, or a pattern of "
        "your own (in doubt the one with fewer patients):",
        [*map(str, proposals), *besides()],
    )


def _told(entries: Sequence[Entry]) -> list[str]:
    patients = {_patient(entry) for entry in entries}
    told = [count(len(patients), "patient")]
    by_video = [entry for entry in entries if PATIENT not in entry.named]
    if not all(map(_of_header, by_video)):
        told.append("names of files give videos and no patients: each video counts as a patient")
    for what in ("person", "study"):
        told += _divided(entries, what)
    return told


def _divided(entries: Sequence[Entry], what: str) -> Iterator[str]:
    """A warning where names make several people of what DICOM headers say is one `person`, or one
    `study`, which is of one person: many anonymised files say no more."""
    names_of: dict[str, set[str]] = {}
    for entry in entries:
        if header := entry.header.dicom:
            key = header.patient if what == "person" else header.study
            if key and (what == "person" or not header.patient):
                names_of.setdefault(key, set()).add(_patient(entry))
    if divided := [sorted(names) for names in names_of.values() if len(names) > 1]:
        among = "person" if what == "person" else "study, so one person"
        more = f"; there are {len(divided)} such {'people' if what == 'person' else 'studies'}"
        yield (
            f"warning: DICOM headers say that {first_few(divided[0])} are one {among}"
            + more * bool(divided[1:])
            + "; by your pattern images of one person can train and test"
        )

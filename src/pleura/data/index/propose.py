"""Patterns that the names of files suggest, with how many patients each would give."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from pleura.data.index.pattern import PATIENT, NamePattern
from pleura.data.index.people import UNLINKED, people_of
from pleura.data.index.sizes import LabelsOf, by_class, most_of_a_class, no_labels
from pleura.data.names import part_of, word_key
from pleura.wording import count

# What the class of those is called who have nothing.
WELL = ("normal", "healthy", "none", "negative", "control", "nofinding", "well")
EACH = "{patient}"  # the name without its ending: every file is of another patient
WHOLE_PATH = "(?P<patient>.+)"  # the same where files of several folders have one name
# The name up to its first number, where a word or a number follows.
FIRST_NUMBER = r"(?P<patient>[^/\d]*\d+)[-_ A-Z][^/]*$"
LEAST = 3  # patients that a proposal must tell apart, as a study must
MOST = 6  # patterns of a proposal, which somebody shall read
PER_FOLDER = 0.5  # share of names that stand in several folders, where each folder counts anew
# What counts up at the end of a name: `_0012`, `-f3`, `.day10`, ` (2)`.
_COUNTED = re.compile(r"(?P<before>[-_. ]+\(?[A-Za-z]{0,12})\d+(?P<after>\)?)")


@dataclass(frozen=True)
class Proposal:
    """Patterns that are tried in this order, how many patients they make of how many `files`, and
    the name of a file with the patient that it would be of. `warning` says what speaks against
    it. It `agrees` where DICOM headers divide people in the same way, or know none. `largest` is
    how many files the largest patient has, `classes` how many patients each class."""

    patterns: tuple[str, ...]
    patients: int
    files: int
    example: tuple[str, str]
    warning: str = ""
    agrees: bool = True
    largest: int = 1
    classes: str = ""

    def __str__(self) -> str:
        options = " ".join(f"--patient {quoted(pattern)}" for pattern in self.patterns)
        name, patient = self.example
        each = " (every file is of another)" * (self.patients == self.files)
        return (
            f"{options}\n      {count(self.patients, 'patient')} of {count(self.files, 'file')}"
            f"{each}, {self.largest:,} of the largest{'; ' * bool(self.classes)}{self.classes}; "
            f"{name} is of {patient}{self.warning}"
        )


def quoted(pattern: str) -> str:
    """The pattern as a shell takes it."""
    return "'" + pattern.replace("'", "'\\''") + "'"


def propose(
    paths: Sequence[PurePath], headers: Sequence[str] = (), labels_of: LabelsOf = no_labels
) -> list[Proposal]:
    """What the names of files may say of patients; the last one takes every file for another
    patient. `headers` are the patients of DICOM headers, "" where a header knows none: patients are
    counted as `people_of` joins both, and what agrees with headers comes first.
    `labels_of` gives labels, as far as they are known.

    What counts up at the end of names is taken off once and twice (frames and views of a patient,
    or the clips of one), and all that follows the first number. Folders come before that, the
    fewest first, at each depth that can be of patients, and alone where they name their files in
    the same way.
    """
    stems = [path.stem for path in paths]
    each = EACH if len({*stems}) == len(stems) else WHOLE_PATH
    depths = _depths_of_patients(paths)
    candidates: list[tuple[str, ...]] = [("/".join([EACH, *["{any}"] * up]),) for up in depths]
    if not (depths and _names_repeat([(path.name, path.parent) for path in paths])):
        once, twice = (_endings(stems, times) for times in (1, 2))
        candidates += [(*once, EACH), (FIRST_NUMBER, *once, EACH), (*twice, *once, EACH)]
    short = [patterns for patterns in candidates if len(patterns) <= MOST]
    headers = headers or [""] * len(paths)
    proposals = [_judged(patterns, paths, headers, labels_of) for patterns in short]
    proposals.sort(key=lambda it: (not it.agrees, bool(it.warning)))
    fewer: dict[int, Proposal] = {}
    for it in proposals:
        if LEAST <= it.patients < len(paths):
            fewer.setdefault(it.patients, it)
    folder, inside = Counter(path.parent for path in paths).most_common(1)[0]
    against = f"; warning: {folder.as_posix()} alone would be {count(inside, 'patient')}"
    last = _judged((each,), paths, headers, labels_of)
    if depths and inside > 1:
        last = replace(last, warning=f"{last.warning}{against}")
    return [*fewer.values(), last]


def _judged(
    patterns: tuple[str, ...],
    paths: Sequence[PurePath],
    headers: Sequence[str],
    labels_of: LabelsOf,
) -> Proposal:
    """A proposal of those of the patterns by which some file is read."""
    compiled = [NamePattern(pattern) for pattern in patterns]
    used: set[NamePattern] = set()
    named: list[dict[str, str]] = []
    for path in paths:
        readings = ((each, each.read(path)) for each in compiled)
        read, cells = next(((each, cells) for each, cells in readings if cells), (None, {}))
        used |= {read} if read else set()
        named.append(cells)
    people = people_of(named, headers)
    names = [cells.get(PATIENT, "") for cells in named]
    often, _ = Counter(names).most_common(1)[0]
    shown = paths[names.index(often)].as_posix()
    needed = tuple(each.text for each in compiled if each in used)
    labels, files_of = labels_of(people.patients), Counter(people.patients)
    against = [UNLINKED] * (not people.linked) + [*most_of_a_class(people.patients, labels)]
    return Proposal(
        needed,
        len({*people.patients} - {""}),
        len(paths),
        (shown, often),
        "".join(f"; warning: {each}" for each in against),
        people.agree,
        max(files_of.values()),
        by_class(people.patients, labels),
    )


def _endings(stems: Iterable[str], times: int) -> list[str]:
    """The patterns of what counts up `times` times at the end of names, where several names differ
    in that alone; the commonest first."""
    whole = re.compile(rf"(?P<rest>.*?[^-_. ])(?P<end>({_unnamed(_COUNTED)}){{{times}}})")
    names_of: dict[str, Counter[str]] = {}
    for stem in stems:
        if found := whole.fullmatch(stem):
            end = _COUNTED.sub(r"\g<before>{number}\g<after>", found["end"])
            names_of.setdefault(end, Counter())[found["rest"]] += 1
    often = sorted(names_of, key=lambda end: -names_of[end].total())
    return [EACH + end for end in often if max(names_of[end].values()) > 1]


def _unnamed(pattern: re.Pattern[str]) -> str:
    return re.sub(r"\?P<\w+>", "", pattern.pattern)


def _depths_of_patients(paths: Sequence[PurePath]) -> list[int]:
    """How far above the files folders lie that can each be of a patient, the fewest folders first:
    not those of classes and parts, nor those that have the same names in every folder above."""
    common = min((len(path.parent.parts) for path in paths), default=0)
    folders = {
        up: {(path.parts[-1 - up], path.parents[up]) for path in paths}
        for up in range(1, common + 1)
    }
    names = {up: {name for name, _ in of} for up, of in folders.items()}
    possible = [
        up for up in folders if len(names[up]) >= LEAST and not any(map(_is_class, names[up]))
    ]
    apart = [up for up in possible if not _names_repeat([*folders[up]])]
    most = [max(possible, key=lambda up: len(names[up]))] if possible else []
    return sorted(apart or most, key=lambda up: len(names[up]))


def _names_repeat(places: Sequence[tuple[str, PurePath]]) -> bool:
    """Whether many of the things, each with its name and its folder, have the name of one in
    another folder."""
    folders_of: dict[str, set[PurePath]] = {}
    for name, folder in places:
        folders_of.setdefault(name, set()).add(folder)
    repeated = sum(len(folders_of[name]) > 1 for name, _ in places)
    return repeated >= PER_FOLDER * len(places)


def _is_class(folder: str) -> bool:
    """Whether a folder is called as one of those that are well, or as a part of a split."""
    return word_key(folder) in WELL or bool(part_of(folder))

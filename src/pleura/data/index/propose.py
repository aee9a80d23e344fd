"""Patterns that the names of files suggest, with how many patients each would give."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pleura.data.index.pattern import PATIENT, NamePattern
from pleura.wording import count

EACH = "{patient}"  # the name without its ending: every file is of another patient
WHOLE_PATH = "(?P<patient>.+)"  # the same where files of several folders have one name
# The name up to its first number, where a word or a number follows.
FIRST_NUMBER = r"(?P<patient>[^/\d]*\d+)[-_ A-Z][^/]*$"
LEAST = 3  # patients that a proposal must tell apart, as a study must
MOST = 6  # patterns of a proposal, which somebody shall read
PER_FOLDER = 0.5  # share of the names that stand in several folders, where folders count anew
# What counts up at the end of a name: `_0012`, `-f3`, `.day10`, ` (2)`.
_COUNTED = re.compile(r"(?P<before>[-_. ]+\(?[A-Za-z]{0,12})\d+(?P<after>\)?)")


@dataclass(frozen=True)
class Proposal:
    """Patterns that are tried in this order, how many patients they make of how many `files`, and
    the name of a file with the patient that it would be of."""

    patterns: tuple[str, ...]
    patients: int
    files: int
    example: tuple[str, str]

    def __str__(self) -> str:
        options = " ".join(f"--patient {quoted(pattern)}" for pattern in self.patterns)
        name, patient = self.example
        each = " (every file is of another)" * (self.patients == self.files)
        return (
            f"{options}\n      {count(self.patients, 'patient')} of {count(self.files, 'file')}"
            f"{each}; {name} is of {patient}"
        )


def quoted(pattern: str) -> str:
    """The pattern as a shell takes it."""
    return "'" + pattern.replace("'", "'\\''") + "'"


def propose(paths: Sequence[PurePath]) -> list[Proposal]:
    """What the names of files may say of patients; the last one takes every file for another
    patient.

    What counts up at the end of names is taken off once and twice (frames and views of a patient,
    or the clips of one), and all that follows the first number. Where folders name their files in
    the same way, the folder whose names tell most apart is proposed.
    """
    stems = [path.stem for path in paths]
    each = EACH if len({*stems}) == len(stems) else WHOLE_PATH
    candidates: list[tuple[str, ...]] = []
    if depth := _folders_of_patients(paths):
        candidates.append(("/".join([EACH, *["{any}"] * depth]),))
    else:
        once, twice = (_endings(stems, times) for times in (1, 2))
        candidates += [(*once, EACH), (FIRST_NUMBER, *once, EACH), (*twice, *once, EACH)]
    short = [patterns for patterns in candidates if len(patterns) <= MOST]
    proposals = [_judged(patterns, paths) for patterns in short]
    fewer: dict[int, Proposal] = {}
    for it in proposals:
        if LEAST <= it.patients < len(paths):
            fewer.setdefault(it.patients, it)
    return [*fewer.values(), _judged((each,), paths)]


def _judged(patterns: tuple[str, ...], paths: Sequence[PurePath]) -> Proposal:
    """A proposal of those of the patterns by which some file is read."""
    compiled = [NamePattern(pattern) for pattern in patterns]
    used, patients = set(), []
    for path in paths:
        read = next((each for each in compiled if each.read(path)), None)
        used.add(read)
        patients.append(read.read(path)[PATIENT] if read else "")
    often, _ = Counter(patients).most_common(1)[0]
    shown = paths[patients.index(often)].as_posix()
    needed = tuple(each.text for each in compiled if each in used)
    return Proposal(needed, len({*patients} - {""}), len(paths), (shown, often))


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


def _folders_of_patients(paths: Sequence[PurePath]) -> int:
    """How far above the files the folders lie whose names tell most apart, where many files of
    several folders have one name; 0 where they have not."""
    folders_of: dict[str, set[PurePath]] = {}
    for path in paths:
        folders_of.setdefault(path.name, set()).add(path.parent)
    repeated = sum(len(folders_of[path.name]) > 1 for path in paths)
    depth = min((len(path.parent.parts) for path in paths), default=0)
    if repeated < PER_FOLDER * len(paths) or not depth:
        return 0
    return max(range(1, depth + 1), key=lambda up: len({path.parts[-1 - up] for path in paths}))

"""Patterns by which names of files and folders may tell classes, with how many files each has."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pleura.data.image_files import ENDINGS
from pleura.data.index.pattern import LABEL, NamePattern
from pleura.data.index.propose import quoted
from pleura.data.names import part_of, word_key
from pleura.wording import count

MANY = 20  # labels, beyond which words may be something else than classes
MOST = 3  # proposals, which somebody shall read
SOME = 1000  # files that are looked at first
SHARE = 0.9  # of the files that a proposal tells a word of
_WORD = re.compile(r"[^\W\d_]{2,}([ -]?[^\W\d_]+)*[ -]?(19)?")  # and covid-19
# What stands in names of files and says nothing of what they show.
_OTHER = {"pa", "ap", "lateral", "frontal", "left", "right", "front", "side", "view"}
_OTHER |= {"image", "images", "img", "im", "scan", "frame", "file", "video", "clip", "crop", "copy"}
_OTHER |= {ending.removeprefix(".") for ending in ENDINGS}


@dataclass(frozen=True)
class LabelProposal:
    """A pattern, and the number of files of which it tells each label."""

    pattern: str
    files_of: Counter[str]

    @property
    def option(self) -> str:
        """What is typed to take it."""
        return f"--label {quoted(self.pattern)}"

    @property
    def counts(self) -> str:
        """`Reg (30 files), Vir (4)`."""
        return ", ".join(counted(self.files_of))

    def __str__(self) -> str:
        return f"{self.option}\n      {self.counts}"


def counted(files_of: Counter[str]) -> list[str]:
    """`Reg (30 files)`, `Vir (4)`: the labels, the commonest first."""
    (first, number), *others = files_of.most_common()
    return [f"{first} ({count(number, 'file')})", *(f"{name} ({n:,})" for name, n in others)]


def propose_labels(paths: Sequence[PurePath], patients: Sequence[str]) -> list[LabelProposal]:
    """What words of names, and folders, may be classes: the first word, one further on, the last
    one; the folder around the files, and those above it.

    A word is of letters; there are two to `MANY` of them, which repeat. They are no parts of a
    split, no views, and not of one patient each, as far as `patients` are known ("" where not).
    """
    proposals: dict[frozenset[tuple[str, int]], LabelProposal] = {}
    some = paths[:: max(1, len(paths) // SOME)]
    for text in _candidates(paths):
        if not _words(Counter(_read(text, some)), len(some)):
            continue
        labels = _read(text, paths)
        files_of = Counter(filter(None, labels))
        if _may_be_classes(files_of, len(paths)) and not _one_patient_each(labels, patients):
            proposal = LabelProposal(text, files_of)
            proposals.setdefault(frozenset(files_of.items()), proposal)
    return [*proposals.values()][:MOST]


def _candidates(paths: Sequence[PurePath]) -> Iterator[str]:
    for form in ("{{label}}{0}{{any}}", "{{any}}{0}{{label}}{0}{{any}}", "{{any}}{0}{{label}}"):
        yield from (form.format(between) for between in "_- .")
    depth = min((len(path.parent.parts) for path in paths), default=0)
    yield from ("/".join(["{label}", *["{any}"] * up]) for up in range(1, depth + 1))


def _read(text: str, paths: Sequence[PurePath]) -> list[str]:
    pattern = NamePattern(text, wanted=[LABEL])
    return [pattern.read(path).get(LABEL, "") for path in paths]


def _words(files_of: Counter[str], files: int) -> list[str]:
    """The labels that are words; none where too few of the files have one."""
    words = [word for word in files_of if _WORD.fullmatch(word) and word_key(word) not in _OTHER]
    return words if sum(files_of[word] for word in words) >= SHARE * files else []


def _may_be_classes(files_of: Counter[str], files: int) -> bool:
    words = _words(files_of, files)
    return (
        len(words) > 1
        and len(files_of) <= min(MANY, files // 2)
        and not any(map(part_of, files_of))
    )


def _one_patient_each(labels: Sequence[str], patients: Sequence[str]) -> bool:
    """Whether each label is of one patient, so that it may be a name."""
    pairs = {pair for pair in zip(labels, patients, strict=True) if all(pair)}
    return len(pairs) == len({*labels} - {""})

"""Which images of two studies are the same: by the content of their files, as the studies noted it
when they decoded them; and how many look the same although their files differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pleura.compare.studies import Finished, Pair
from pleura.data.alike import find_copies
from pleura.data.bank import Bank
from pleura.data.names import composed, name_key
from pleura.evaluate.predicted_runs import whose
from pleura.external.home import banks_of
from pleura.files import read_mapping
from pleura.study.section_reader import BANK

DIGESTS = "digests.json"
MEMBER = "::"  # between a file and a frame of it
BY_CONTENT, BY_NAME = "content", "name"


@dataclass(frozen=True)
class Known:
    """What is known of a study's images: the content of each test image by its name, and that of
    all files that no test image is of."""

    content: Mapping[str, str]
    others: frozenset[str]


@dataclass(frozen=True)
class SameImages:
    """The test images of both studies by what they show, and `how` that is told: by the content of
    files, or, where a study has no decoded images any more, by the names of image and patient
    together: two places can count from 1. `saved_again`: images of the
    second that look the same as one of the first, of which no file holds the same; 0 where nobody
    could look."""

    first: Known
    second: Known
    how: str
    saved_again: int = 0

    def shared(self) -> list[tuple[str, str]]:
        """Pairs of test images that are one, by their names in the first and in the second; copies
        within a study are paired in the order of their names."""
        ours, theirs = (_by_content(each) for each in (self.first, self.second))
        return [
            pair
            for key in ours
            if key in theirs
            for pair in zip(ours[key], theirs[key], strict=False)
        ]


def same_images(
    pair: Pair, names: tuple[Iterable[str], Iterable[str]], *, strangers: bool = False
) -> SameImages:
    """The test images of both studies, called `names`, by the content of their files; by their
    names and those of their patients where that is not known of some image of either. Names of
    `strangers` tell nothing."""
    one, two = (_known(study, sorted(set(its))) for study, its in zip(pair, names, strict=True))
    if one is not None and two is not None:
        return SameImages(one, two, BY_CONTENT, _saved_again(pair))
    named = [
        _named(study, its, apart=strangers)
        for study, its in zip(pair, map(set, names), strict=True)
    ]
    return SameImages(named[0], named[1], BY_NAME)


def _named(study: Finished, names: set[str], *, apart: bool) -> Known:
    """What names alone tell of a study's test images: nothing of those that are kept `apart`."""
    if apart:
        return Known({}, frozenset())
    tests = study.contents.test
    patients = dict(zip(tests["image"].astype(str), map(name_key, whose(tests)), strict=True))
    return Known({name: f"{composed(name)} of {patients[name]}" for name in names}, frozenset())


def _saved_again(pair: Pair) -> int:
    """How many images of the second show the same as one of the first (`pleura.data.alike`), beyond
    those whose files do. 0 for clips and archives, of which a file holds many, and where decoded
    images are gone."""
    first, second = (_digests(study) for study in pair)
    shared = sum(digest in {*first.values()} for digest in second.values())
    if shared == len(second) or {*first.values()} <= {*second.values()}:
        return 0
    banks = [_bank(study, len(of)) for study, of in zip(pair, (first, second), strict=True)]
    one, two = banks
    if one is None or two is None:
        return 0
    alike = {copy.other for copy in find_copies(np.arange(len(one)), one, two)}
    return max(0, len(alike) - shared)


def _bank(study: Finished, files: int) -> Bank | None:
    """The decoded images of a study, one of each of its files; None where there are none, or
    more."""
    size = study.data.get("size")
    return next((b for b in banks_of(study.folder) if b.size == size and len(b) == files), None)


def _digests(study: Finished) -> dict[str, str]:
    """What each file of a study holds, by its path."""
    noted: dict[str, Any] = read_mapping(study.folder / BANK / DIGESTS)
    return {composed(path): str(its[-1]) for path, its in noted.items() if its and its[-1]}


def _known(study: Finished, names: list[str]) -> Known | None:
    """What a study noted of its images; None where it does not know some test image."""
    digests = _digests(study)
    # Those, too, whose class the other study lacks.
    tested = sorted({*names, *study.contents.test["image"].astype(str)})
    paths = _paths([name.partition(MEMBER)[0] for name in tested], digests, study)
    if paths is None:
        return None
    files = dict(zip(tested, (digests[path] for path in paths), strict=True))
    content = {name: f"{files[name]}{MEMBER}{name.partition(MEMBER)[2]}" for name in names}
    return Known(content, frozenset(set(digests.values()) - set(files.values())))


def _paths(names: list[str], digests: Mapping[str, str], study: Finished) -> list[str] | None:
    """The whole path of each file; None where one is not known, or could be of two."""
    manifest = str(study.data.get("manifest") or "")
    folders = [manifest, manifest.rpartition("/")[0]]
    by_end: dict[str, list[str]] = {}
    for path in digests:
        by_end.setdefault(path.rpartition("/")[2], []).append(path)
    paths = []
    for name in map(composed, names):
        whole = [f"{folder}/{name}" for folder in folders if f"{folder}/{name}" in digests]
        ending = [
            path
            for path in by_end.get(name.rpartition("/")[2], [])
            if path == name or path.endswith(f"/{name}")
        ]
        found = whole or ending
        if not whole and len({digests[path] for path in ending}) != 1:
            return None
        paths.append(found[0])
    return paths


def _by_content(known: Known) -> dict[str, list[str]]:
    by: dict[str, list[str]] = {}
    for name in sorted(known.content):
        by.setdefault(known.content[name], []).append(name)
    return by

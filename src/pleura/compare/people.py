"""Who is in both studies, and what each study did with them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from pleura.compare.images import SameImages
from pleura.compare.studies import Finished, Pair
from pleura.csv_file import AGAIN
from pleura.data.names import name_key
from pleura.data.readers.dicom.described import hashes_among, keyed_hash
from pleura.errors import InputError
from pleura.evaluate.predicted_runs import whose
from pleura.external.overlap import PATIENT
from pleura.wording import first_few

TESTED, LEARNED, ABSENT = "tested", "learned", "absent"
"""What a study did with somebody: tested its models on them; learned from them, or chose or
calibrated by them; does not have them."""
Folds = Mapping[int, set[int]]  # by person


@dataclass(frozen=True)
class Roles:
    """The folds in which one study tests each person, and those in which it learns from them; and
    its test patients by name."""

    tested: Folds
    learned: Folds
    by_name: Mapping[str, int]

    def of(self, person: int) -> str:
        """What the study did with a person. Folds in which it learned from somebody whom another
        fold tests are no leak: each is tested by models that know nothing of them."""
        if person in self.tested:
            leaked = self.tested[person] & self.learned.get(person, set())
            return LEARNED if leaked else TESTED
        return LEARNED if person in self.learned else ABSENT


@dataclass(frozen=True)
class Hashes:
    """How names of patients can be compared: of `named` in each study so many are `hashed` (by
    `pleura data index`); `shared` hashes stand in both, and so many names of one are `found` among
    the hashes of the other, by a `salt` where one was given."""

    named: tuple[int, int]
    hashed: tuple[int, int]
    shared: int
    found: int
    salt: bool

    @property
    def apart(self) -> bool:
        """Whether hashes of both were made with two salts, as far as can be seen."""
        return all(self.hashed) and not self.shared

    @property
    def not_compared(self) -> bool:
        """Whether hashes of one and other names of the other tell nothing of each other."""
        plain = [named > hashed for named, hashed in zip(self.named, self.hashed, strict=True)]
        crossed = (self.hashed[0] and plain[1]) or (self.hashed[1] and plain[0])
        return bool(crossed) and not self.found


@dataclass(frozen=True)
class People:
    """The persons of both studies as one list of numbers; `by_names` says whether names of patients
    were compared, `hashes` which of them can be, `namesakes` how many names both have."""

    first: Roles
    second: Roles
    by_names: bool
    hashes: Hashes
    namesakes: int

    @property
    def both(self) -> tuple[Roles, Roles]:
        """The roles in the first and in the second study."""
        return self.first, self.second


@dataclass
class _Sets:
    """Names that are one person: disjoint sets."""

    above: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)

    def top(self, name: tuple[int, str]) -> tuple[int, str]:
        """The name that stands for a set."""
        self.above.setdefault(name, name)
        while self.above[name] != name:
            self.above[name] = self.above[self.above[name]]
            name = self.above[name]
        return name

    def join(self, one: tuple[int, str], two: tuple[int, str]) -> None:
        """Let two names be one person."""
        self.above[self.top(two)] = self.top(one)


def people_of(
    pair: Pair,
    tables: tuple[pd.DataFrame, pd.DataFrame],
    images: SameImages,
    *,
    strangers: bool = False,
    salt: str | None = None,
) -> People:
    """Who is who in two studies, and what each did with them.

    Patients are one person where all spellings of their names share a key (`pleura.data.names`),
    unless they are `strangers`, or where they share a test image. With the `salt` by which one
    study's table hashes patients, names of the other are compared by their hashes, too. Raises
    InputError for a damaged split, and for images of nobody.
    """
    for study, table in zip(pair, tables, strict=True):
        if nameless := [*table["image"][whose(table) == ""].unique()]:
            raise InputError(
                f"{study.folder}: nobody knows whose {first_few(nameless)} is: neither patient nor "
                f"video; {AGAIN}"
            )
    raw = [_placed(study, table) for study, table in zip(pair, tables, strict=True)]
    placed = [{at: _keys(its) for at, its in each.items()} for each in raw]
    names = [{key for its in each.values() for key in its} for each in placed]
    namesakes = {(name, name) for name in names[0] & names[1]}
    by_salt = _by_hash(names[0], names[1], salt)
    by_salt |= {(one, two) for two, one in _by_hash(names[1], names[0], salt)}
    namesakes |= by_salt
    by_names = not strangers and not any(study.data.get("image_is_patient") for study in pair)
    sets = _Sets()
    if by_names:
        for one, two in sorted(namesakes):
            sets.join((0, one), (1, two))
    patients = [dict(zip(table["image"], whose(table), strict=True)) for table in tables]
    for ours, theirs in images.shared():
        sets.join((0, name_key(patients[0][ours])), (1, name_key(patients[1][theirs])))
    numbers: dict[tuple[int, str], int] = {}
    for at, keys in enumerate(names):
        for name in sorted(keys):
            numbers.setdefault(sets.top((at, name)), len(numbers))
    person = [{name: numbers[sets.top((at, name))] for name in its} for at, its in enumerate(names)]
    # Images that one study tests and the other has without testing them: it may have learned them.
    elsewhere = (images.second, images.first)
    roles = []
    for at, (each, mine) in enumerate(zip(placed, person, strict=True)):
        holders = _holders(patients[1 - at], elsewhere[at].content, images, at)
        by_image = {person[1 - at][name_key(name)] for name in holders}
        roles.append(_roles(each, mine, by_image, set(map(str, patients[at].values()))))
    hashes = _hashes(raw, names, len(by_salt), salt)
    return People(roles[0], roles[1], by_names, hashes, len(namesakes))


def _hashes(
    raw: Sequence[Mapping[tuple[str, int], set[str]]],
    names: Sequence[set[str]],
    found: int,
    salt: str | None,
) -> Hashes:
    """Which names of patients are hashes."""
    one, two = (
        _keys(hashes_among(name for its in placed.values() for name in its)) for placed in raw
    )
    named = len(names[0]), len(names[1])
    return Hashes(named, (len(one), len(two)), len(one & two), found, bool(salt))


def _by_hash(names: set[str], hashes: set[str], salt: str | None) -> set[tuple[str, str]]:
    """Names of one study with their hashes, where these are among the names of the other."""
    if not salt:
        return set()
    hashed = {name: name_key(keyed_hash(salt, PATIENT, name)) for name in names}
    return {(name, its) for name, its in hashed.items() if its in hashes}


def _holders(
    patients: Mapping[str, str], content: Mapping[str, str], images: SameImages, at: int
) -> set[str]:
    """Patients whom one study tests with an image that the other, number `at`, has in its data and
    does not test."""
    others = (images.first, images.second)[at].others
    return {patients[name] for name, key in content.items() if key.partition("::")[0] in others}


def _placed(study: Finished, table: pd.DataFrame) -> dict[tuple[str, int], set[str]]:
    """The names of patients by what the study did with them and by fold."""
    placed: dict[tuple[str, int], set[str]] = defaultdict(set)
    try:
        for fold in study.contents.split["folds"]:
            at, test = int(fold["fold"]), set(map(str, fold["test"]))
            drawn = [step for draw in fold["draws"] for step in draw["fractions"]]
            learned = [name for step in drawn for name in step["adds_train"]]
            learned += [name for step in drawn for name in step["adds_validation"]]
            learned += [name for its in fold.get("aside", {}).values() for name in its]
            placed[TESTED, at] |= test
            placed[LEARNED, at] |= set(map(str, learned))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{study.folder / 'split.json'}: not a split of pleura ({error!r}); {AGAIN}"
        ) from error
    folds = {at for _, at in placed}
    if study.settings.get("steps"):  # which may learn from all that does not test
        everybody = {name for its in placed.values() for name in its}
        for at in folds:
            tested = _keys(placed[TESTED, at])
            placed[LEARNED, at] |= {name for name in everybody if name_key(name) not in tested}
    for fold, rows in table.groupby("fold"):
        placed[TESTED, int(str(fold))] |= set(map(str, whose(rows)))
    return dict(placed)


def _roles(
    placed: Mapping[tuple[str, int], set[str]],
    person: Mapping[str, int],
    by_image: set[int],
    names: set[str],
) -> Roles:
    folds: dict[str, dict[int, set[int]]] = {TESTED: defaultdict(set), LEARNED: defaultdict(set)}
    for (what, at), its in placed.items():
        for name in its:
            folds[what][person[name]].add(at)
    for other in by_image:
        folds[LEARNED][other] |= {at for _, at in placed}
    known = {name: person[name_key(name)] for name in names}
    return Roles(dict(folds[TESTED]), dict(folds[LEARNED]), known)


def _keys(names: Iterable[str]) -> set[str]:
    return {name_key(str(name)) for name in names}

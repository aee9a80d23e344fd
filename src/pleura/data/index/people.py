"""Who is one person, by the names of files and by DICOM headers together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pleura.data.index.pattern import PATIENT, VIDEO
from pleura.data.names import is_nothing
from pleura.wording import count

HEADER = "header"
Key = tuple[str, str]  # what tells a person: the kind, patient, video or header, and the name
UNLINKED = "nobody has both DICOM files with a patient in their headers and other files"


@dataclass(frozen=True)
class People:
    """The `patients` of files, "" of nobody. How many people `names` of files and `headers` make,
    each alone, and whether they `agree`. `linked` is False where headers know the patients of some
    files, names those of others, and nobody has files of both kinds."""

    patients: tuple[str, ...]
    names: int
    headers: int
    agree: bool
    linked: bool

    def told(self) -> list[str]:
        """Sentences on what names and headers say differently, or of different files only."""
        told = []
        if not self.agree:
            told.append(
                f"names and DICOM headers divide people differently: {count(self.names, 'patient')}"
                f" by names, {count(self.headers, 'patient')} by headers; files that are one "
                "person's by either of the two are of one patient"
            )
        if not self.linked:
            told.append(
                f"warning: {UNLINKED}: whoever has, counts as two, and can train and test; if "
                "names tell the patients of all files, give them by --patient"
            )
        return told


def people_of(named: Sequence[Mapping[str, str]], headers: Sequence[str]) -> People:
    """The people of files, by what their names say by column, and by the patients of their DICOM
    headers, "" where a header knows none.

    Files of one name, or of one header, are one person's, and so are all to which a chain of such
    files leads: else one person trained under a name and tested under another. A video stands for
    the patient where no name does. Headers that name one patient for all files were made anonymous
    so, and join nothing that names divide. People are called by their names, or, where names divide
    somebody of the headers, by the hashes of headers as far as there are any.
    """
    several = len({*headers} - {""}) > 1
    keys = [_keys(cells, each, several) for cells, each in zip(named, headers, strict=True)]
    person = _joined(keys)
    names_of: dict[Key, list[str]] = {}
    hashes_of: dict[Key, list[str]] = {}
    for key, first in person.items():
        (hashes_of if key[0] == HEADER else names_of).setdefault(first, []).append(key[1])
    divided = any(len(names_of.get(first, ())) > 1 for first in hashes_of)
    order = (hashes_of, names_of) if divided else (names_of, hashes_of)
    called = {
        first: next(names[first][0] for names in order if first in names)
        for first in person.values()
    }
    headed = {person[of[0]] for of in keys if of and of[-1][0] == HEADER}
    others = {person[of[0]] for of in keys if of and of[-1][0] != HEADER}
    pairs = {tuple(of) for of in keys if len(of) > 1}
    return People(
        tuple(called[person[of[0]]] if of else "" for of in keys),
        names=sum(key[0] != HEADER for key in person),
        headers=sum(key[0] == HEADER for key in person),
        agree=len(pairs) == len({name for name, _ in pairs}) == len({head for _, head in pairs}),
        linked=not (headed and others) or bool(headed & others),
    )


def _keys(cells: Mapping[str, str], header: str, several: bool) -> list[Key]:
    """What tells whose a file is: its name first, if it says so, and its header."""
    name = cells.get(PATIENT, "")
    if not is_nothing(name):
        keys = [(PATIENT, name)]
        return [*keys, (HEADER, header)] if header and several else keys
    video = cells.get(VIDEO, "")
    keys = [] if is_nothing(video) or (header and not several) else [(VIDEO, video)]
    return [*keys, (HEADER, header)] if header else keys


def _joined(keys: Sequence[Sequence[Key]]) -> dict[Key, Key]:
    """The first of all keys that belong to one person, of each key, in the order of files."""
    before: dict[Key, Key] = {}

    def first_of(key: Key) -> Key:
        while (up := before.setdefault(key, key)) != key:
            before[key] = before[up]
            key = up
        return key

    for of in keys:
        for key in of:
            before[first_of(key)] = first_of(of[0])
    return {key: first_of(key) for key in before}

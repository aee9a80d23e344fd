"""Patients of one manifest who are in another one, too."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pleura.data.manifest import Manifest
from pleura.data.names import name_key


def patient_key(one: Manifest, other: Manifest) -> Callable[[str], str]:
    """The function by whose values the patients of two manifests are compared.

    It gives the name as it is written if both manifests are `exact`, else what all spellings of the
    name share.
    """
    return str if one.exact and other.exact else name_key


@dataclass(frozen=True)
class KnownPatient:
    """A patient of one manifest who is in another one, too.

    `name` and `patient` are those in the other manifest; `here` is the name in the first one, of
    which `name` is a spelling.
    """

    name: str
    patient: str
    here: str


def known_again(one: Manifest, patients: Iterable[str], other: Manifest) -> list[KnownPatient]:
    """Those of the `patients` of the manifest `one` whom `other` has, too, in any spelling, sorted
    by name.

    Where only one of the two knows its patients by videos alone, names of videos count as names of
    patients in both.
    """
    key, videos = patient_key(one, other), one.by_video != other.by_video
    wanted = {*patients}
    here = {
        key(name): name
        for name, patient in one.names_of(videos=videos).items()
        if patient in wanted
    }
    return [
        KnownPatient(name, patient, here[key(name)])
        for name, patient in sorted(other.names_of(videos=videos).items())
        if key(name) in here
    ]

"""Whether the lung masker by which a study crops its images has learned from those that test."""

from pathlib import Path

from pleura.data.bank import Bank
from pleura.data.lung_notes import write_learned, write_not_known
from pleura.data.manifest import Manifest
from pleura.data.split import Split
from pleura.deploy.card import FILE
from pleura.errors import InputError
from pleura.external.home import home_of
from pleura.external.overlap import find_known
from pleura.files import read_mapping


def note_of_masker(
    masker: Path, origin: str, manifest: Manifest, whole: Bank, split: Split
) -> str | None:
    """What to note of the masker in the folder `masker`, which is called `origin`; None where it
    has learned from nothing that tests. `whole` are the images before they are cropped.

    Patients are compared by name and images by their pixels, with those of the study that is in the
    folder above the masker.
    """
    try:
        home = home_of(masker, read_mapping(masker / FILE))
    except InputError:  # a folder that is damaged
        home = None
    if home is None:
        return write_not_known(origin)
    tested = set(split.tested.tolist())
    known = {each.row for each in find_known(manifest, whole, home) if each.learned} & tested
    return write_learned(origin, len(known), len(tested)) if known else None

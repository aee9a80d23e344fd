"""Which patients and images of a table a model knows from its training."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.data.alike import find_copies
from pleura.data.bank import Bank
from pleura.data.manifest import Manifest
from pleura.data.names import name_key
from pleura.data.readers.dicom.described import keyed_hash
from pleura.external.home import Home, has_learned

PATIENT, IMAGE = "patient", "image"
COLUMNS = ["row", "image", "patient", "by", "part", "learned", "text"]
SAID: Mapping[str, str] = {
    "train": "trained the model",
    "validation": "chose and calibrated the model",
    "pretraining": "may have taught the model before its training",
    "the study": "is in the study's data",
    "test": "tested the model, which learned nothing from it",
    "not used": "is in the study's data, and this model has not seen it",
    "sets": "made the prediction sets of the model",
    "ensembles": "calibrated ensembles",
}


@dataclass(frozen=True)
class Known:
    """A row of a table that is known: its place from 0, `by` its patient or its image, and the
    `part` that these had in the study."""

    row: int
    by: str
    part: str
    text: str

    @property
    def learned(self) -> bool:
        """Whether the model has learned from it, or was chosen or calibrated by it."""
        return has_learned(self.part)


def find_known(
    manifest: Manifest,
    bank: Bank | None,
    home: Home,
    *,
    salt: str | None = None,
    strangers: bool = False,
) -> list[Known]:
    """The rows of a manifest whose patient or image the study of a model knows, in their order.

    Patients are compared by all spellings of their names (`pleura.data.names`); with the `salt` of
    the study's table, or of this one, by which `pleura data index` has hashed patients, also by
    their hashes.
    `strangers`: patients of one name are other people, as where two places number theirs alike.
    Images are compared by their pixels, mirrored or saved again too (`pleura.data.alike`).
    """
    found = [] if strangers else [*_patients(manifest, home, salt)]
    if bank is not None:
        found += _images(manifest, bank, home)
    return sorted(found, key=lambda each: (each.row, each.by))


def _patients(manifest: Manifest, home: Home, salt: str | None) -> Iterator[Known]:
    home = home.with_hashes(salt)
    names: dict[str, list[str]] = {}
    for name, patient in manifest.names_of(videos=manifest.by_video).items():
        names.setdefault(patient, []).append(name)
    for row, patient in enumerate(manifest.groups):
        for name in names.get(patient, [str(patient)]):
            part = part_of(home, name, salt)
            if part is not None:
                text = f"{manifest.describe(row)}: patient {name} {said_of(part)}"
                yield Known(row, PATIENT, part, text)
                break


def part_of(home: Home, name: str, salt: str | None) -> str | None:
    """The part of a patient in the study, by any spelling of the name or, with a salt, by its
    hash; None for somebody who is not in it."""
    part = home.parts.get(name_key(name))
    if part is None and salt:
        part = home.parts.get(name_key(keyed_hash(salt, PATIENT, name_key(name))))
    return part


def _images(manifest: Manifest, bank: Bank, home: Home) -> Iterator[Known]:
    """The surest copy of each image; one that was learned from goes before any other."""
    best: dict[int, tuple[bool, float, str, str]] = {}
    for theirs, parts in home.banks:
        for copy in find_copies(np.arange(len(bank)), bank, theirs):
            part = str(parts[copy.other])
            key = (has_learned(part), copy.likeness, part, copy.mirrored)
            best[copy.one] = max(key, best.get(copy.one, key))
    for row, (_, likeness, part, mirrored) in best.items():
        way = f", {mirrored}" if mirrored else ""
        same = f"shows the same as an image that {said_of(part)}{way} (likeness {likeness:.3f})"
        yield Known(row, IMAGE, part, f"{manifest.describe(row)}: {same}")


def said_of(part: str) -> str:
    """What somebody in a part of the study did to the model."""
    return SAID.get(part, f"was kept aside in the study ({part})")


def table_of(known: Sequence[Known], manifest: Manifest) -> pd.DataFrame:
    """A row for each, with the line of the table (`row`), image and patient."""
    rows = [
        (
            manifest.table["row"][each.row],
            manifest.name(each.row),
            str(manifest.groups[each.row]),
            each.by,
            each.part,
            each.learned,
            each.text,
        )
        for each in known
    ]
    return pd.DataFrame(rows, columns=COLUMNS)

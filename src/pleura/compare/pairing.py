"""The test images that both studies have, as one table each with the same images, patients and
folds; and why others are left out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pleura.compare.images import SameImages
from pleura.compare.outcomes import STRUCTURE, Outcomes, same_labels
from pleura.compare.people import LEARNED, People
from pleura.compare.studies import Pair
from pleura.evaluate.predicted_runs import labels_of, whose
from pleura.evaluate.ranking import Ints
from pleura.tables import NUMBER

COLUMNS = ["image", "image_first", "image_second", "patient_first", "patient_second", "used", "why"]
FEWEST = 2  # patients in a fold, and in all
LEAKED, RELABELLED, SPARSE = "learned from", "other label", "fold lacks a class"


@dataclass(frozen=True)
class Pairing:
    """`shared` has a row for each test image of both studies, with `used` (1 or 0) and, where
    it is left out, `why`; `tables` are the test results of those that are used, with common
    names of images and patients and common folds; None where there are too few."""

    shared: pd.DataFrame
    tables: tuple[pd.DataFrame, pd.DataFrame] | None

    def left_out(self, why: str) -> tuple[int, int]:
        """Patients and images that are left out for a reason."""
        rows = self.shared[self.shared["why"].str.startswith(why)]
        return rows["patient_first"].nunique(), len(rows)


def pair_up(pair: Pair, outcomes: Outcomes, images: SameImages, people: People) -> Pairing:
    """The test images that both studies have, without those of patients from whom either study
    learned, those that are labelled otherwise, and those in folds in which a metric of all classes
    cannot be told.

    Where the studies have other folds, a common fold is what two of theirs share: in it all images
    are judged by one training of each study.
    """
    firsts = [table.drop_duplicates("image").set_index("image") for table in outcomes.tables]
    shared = images.shared()
    ours, theirs = (
        its.loc[[names[at] for names in shared]].reset_index(drop=True)
        for at, its in enumerate(firsts)
    )
    patients = [whose(its).astype(str) for its in (ours, theirs)]
    rows = pd.DataFrame(
        {
            "image": [f"{at:07d}" for at in range(len(shared))],
            "image_first": [one for one, _ in shared],
            "image_second": [two for _, two in shared],
            "patient_first": patients[0],
            "patient_second": patients[1],
        }
    )
    persons = np.array([people.first.by_name[name] for name in patients[0]], dtype=np.int64)
    why = np.full(len(rows), "", dtype=object)
    for study, roles in zip(pair, people.both, strict=True):
        leaked = np.array([roles.of(person) == LEARNED for person in persons], np.bool_)
        why[leaked & (why == "")] = f"{LEAKED} in {study.name}"
    other = ~same_labels(ours, theirs, outcomes.noun).to_numpy(dtype=np.bool_)
    why[other & (why == "")] = RELABELLED
    cells = _cells(ours, theirs, outcomes)
    whole = []
    for cell in set(cells[why == ""]):
        at = (why == "") & (cells == cell)
        whole += [cell] if _whole(ours[at], persons[at], outcomes) else []
    why[(why == "") & ~np.isin(cells, whole)] = SPARSE
    rows = rows.assign(used=(why == "").astype(int), why=why)[COLUMNS]
    used = why == ""
    if len(set(persons[used])) < FEWEST:
        return Pairing(rows, None)
    number = {cell: at for at, cell in enumerate(sorted(whole))}
    common = pd.DataFrame(
        {
            "image": rows["image"][used],
            "patient": [f"{person:07d}" for person in persons[used]],
            "fold": [number[cell] for cell in cells[used]],
        }
    )
    both = [
        _renamed(table, rows[side][used], common)
        for table, side in zip(outcomes.tables, ("image_first", "image_second"), strict=True)
    ]
    return Pairing(rows, (both[0], both[1]))


def with_persons(table: pd.DataFrame, by_name: Mapping[str, int]) -> pd.DataFrame:
    """The test results of one study with the persons of both studies as patients."""
    persons = [f"{by_name[str(name)]:07d}" for name in whose(table)]
    return table.assign(patient=persons).drop(columns="video", errors="ignore")


def _cells(ours: pd.DataFrame, theirs: pd.DataFrame, outcomes: Outcomes) -> Ints:
    """The common fold of each image, (n,); segmentations judge all folds together."""
    if outcomes.noun is STRUCTURE:
        return np.zeros(len(ours), np.int64)
    width = int(theirs["fold"].max()) + 1 if len(theirs) else 1
    cells = ours["fold"].astype(int) * width + theirs["fold"].astype(int)
    return np.array(cells, dtype=np.int64)


def _whole(rows: pd.DataFrame, persons: Ints, outcomes: Outcomes) -> bool:
    """Whether every metric can be told of the images of a fold."""
    if len(set(persons)) < FEWEST:
        return False
    if outcomes.noun is STRUCTURE:
        return True
    if NUMBER in rows:
        return rows[NUMBER].nunique() > 1
    labels = labels_of(rows, outcomes.names)
    if labels.ndim == 1:
        return set(labels) == set(range(len(outcomes.names)))
    return bool(((labels == 1).any(axis=0) & (labels == 0).any(axis=0)).all())


def _renamed(table: pd.DataFrame, names: "pd.Series[str]", common: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table of some images, called by their common names."""
    by_name = common.assign(name=names.to_numpy()).set_index("name")
    rows = table[table["image"].isin(by_name.index)]
    found = by_name.loc[rows["image"]]
    columns = {name: found[name].to_numpy() for name in ("image", "patient", "fold")}
    return rows.drop(columns="video", errors="ignore").assign(**columns).reset_index(drop=True)

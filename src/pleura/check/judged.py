"""Which labels of a table are judged: those of enough patients, and not too many."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.manifest import Manifest
from pleura.wording import count, first_few

FOLDS = 3
FEWEST = 2 * FOLDS  # patients of a class, so that every fold tests and trains some
MANY = 30  # classes; of more, forests take long and tell little


@dataclass(frozen=True)
class Judged:
    """The `manifest` with the classes or findings that are judged alone, without labels where none
    is; `unseen` says which are not, and why."""

    manifest: Manifest
    unseen: tuple[str, ...] = ()

    def widest(self, manifest: Manifest) -> Manifest:
        """All labels of `manifest`, or those that are judged where they are too many to count."""
        return manifest if len(manifest.classes) <= MANY else self.manifest


def judged_labels(manifest: Manifest) -> Judged:
    """The labels of a manifest that are judged: classes, or findings and their absence, of six
    patients or more; of findings the 30 that most patients have, and more than 30 classes not at
    all, since a label is then compared with too many others."""
    if not manifest.labelled:
        return Judged(_without(manifest), ("labels: there are none",))
    patients = _patients_of(manifest)
    enough = [at for at, number in enumerate(patients) if number >= FEWEST]
    rare = [manifest.classes[at] for at, number in enumerate(patients) if number < FEWEST]
    what = "findings" if manifest.has_findings else "labels"
    unseen = []
    if rare:
        having = "have or are known not to have" if manifest.has_findings else "have"
        unseen.append(
            f"{what} that fewer than {count(FEWEST, 'patient')} {having}: {first_few(rare)}"
        )
    if manifest.has_findings:
        most = sorted(enough, key=lambda at: -patients[at])[:MANY]
        if left := [manifest.classes[at] for at in enough if at not in most]:
            unseen.append(f"findings beyond the {MANY} of most patients: {first_few(left)}")
        return Judged(_with_findings(manifest, sorted(most)), tuple(unseen))
    if len(enough) > MANY:
        too_many = f"labels: {len(enough):,} classes are too many"
        return Judged(_without(manifest), (f"{too_many} to be told apart (at most {MANY} are)",))
    if len(enough) < 2:
        few = f"labels: fewer than two have {count(FEWEST, 'patient')} or more"
        return Judged(_without(manifest), (few,))
    return Judged(
        replace(manifest, classes=tuple(manifest.classes[at] for at in enough)), (*unseen,)
    )


def _patients_of(manifest: Manifest) -> list[int]:
    """How many patients each class has; of findings, how many have it, or are known not to have it,
    whichever are fewer."""
    people = np.unique(manifest.groups, return_inverse=True)[1]
    if not manifest.has_findings:
        table = pd.DataFrame({"label": manifest.single_labels, "patient": people})
        found = table.groupby("label")["patient"].nunique()
        return [int(found.get(at, 0)) for at in range(len(manifest.classes))]
    return [min(_number(people[of == value]) for value in (0, 1)) for of in manifest.labels.T]


def _number(people: NDArray[np.int64]) -> int:
    return len(np.unique(people))


def _with_findings(manifest: Manifest, kept: list[int]) -> Manifest:
    if not kept:
        return _without(manifest)
    names = tuple(manifest.classes[at] for at in kept)
    return replace(manifest, classes=names, targets=manifest.labels[:, kept])


def _without(manifest: Manifest) -> Manifest:
    return replace(manifest, classes=(), labelled=False, targets=None, number="")

"""Classes that a user makes of several labels: `--classes 'ill=Cov,Pneu,Vir'`."""

import csv
from collections.abc import Collection, Mapping, Sequence

from pleura.errors import InputError, nearest, refuse

Merged = Mapping[str, tuple[str, ...]]


def read_classes(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The labels of each new class, of texts such as `ill=Cov,Pneu`; a label with a comma stands
    in double quotes. Raises InputError for a text that is none, and for a class that is named
    twice."""
    classes: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, labels = text.partition("=")
        of = tuple(
            filter(None, map(str.strip, next(csv.reader([labels], skipinitialspace=True), [])))
        )
        if not name.strip() or not of:
            raise InputError(
                f"--classes {text}: write it as new=label,label, such as 'ill=viral,bacterial'; "
                "one --classes for each new class"
            )
        if name.strip() in classes:
            raise InputError(f"--classes {name.strip()}: given twice; name all its labels in one")
        classes[name.strip()] = of
    return classes


def classes_of(labels: Collection[str], merged: Merged) -> tuple[str, ...]:
    """The classes when some labels of a table are merged: the new ones, and what is left.

    Raises InputError that lists labels which the table has not, or which stand in two classes, and
    a new name that is a label besides; and where less than two classes are left.
    """
    owner: dict[str, str] = {}
    problems = []
    for new, olds in merged.items():
        for old in olds:
            if old not in labels:
                problems.append(f"{new}: no label {old!r}{nearest(old, labels)}")
            elif old in owner:
                problems.append(f"{old!r} stands twice, in {owner[old]} and in {new}")
            owner[old] = new
    problems += [
        f"{new}: is a label besides; list it, too, or take another name"
        for new in merged
        if new in labels and owner.get(new) != new
    ]
    refuse("--classes: labels cannot be merged.", problems)
    classes = (*merged, *(label for label in labels if label not in owner))
    if len(classes) < 2:
        raise InputError(
            f"--classes: {classes[0]} alone is left, and a study needs two classes; keep a label "
            "apart"
        )
    return classes

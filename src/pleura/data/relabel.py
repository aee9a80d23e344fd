"""Makes one class of several labels of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pleura.data.manifest import Manifest
from pleura.data.names import alike, composed, word_key
from pleura.errors import nearest, refuse


def merge_labels(manifest: Manifest, labels: Mapping[str, Sequence[str]]) -> Manifest:
    """The manifest with each of `labels` (`{pneumonia: [bacterial, viral]}`) under its new name.

    A new name takes the place of the first of its labels among the classes. Raises InputError that
    lists every label that is unknown, that is named twice, or whose name equals a new name in any
    spelling.
    """
    if not labels:
        return manifest
    labels = {composed(new): [*map(composed, merged)] for new, merged in labels.items()}
    problems = list(_problems(manifest, labels))
    refuse(f"{manifest.origin}: labels cannot be merged.", problems)
    new_name = {old: new for new, merged in labels.items() for old in merged}
    table = manifest.table.assign(
        label=[new_name.get(label, label) for label in manifest.table["label"]]
    )
    classes = tuple(dict.fromkeys(new_name.get(name, name) for name in manifest.classes))
    notes = (f"labels studied as one, {new}: {', '.join(olds)}" for new, olds in labels.items())
    return replace(manifest, table=table, classes=classes, notes=(*manifest.notes, *notes))


def _problems(manifest: Manifest, labels: Mapping[str, Sequence[str]]) -> list[str]:
    problems = [
        f"labels: {' and '.join(map(repr, names))} differ in spelling only"
        for names in alike(labels, word_key)
    ]
    seen: set[str] = set()
    every = {old for merged in labels.values() for old in merged}
    for new, merged in labels.items():
        where = f"labels.{new}"
        if not new or not merged:
            problems.append(f"{where}: give a name and the labels that it stands for")
        for other in manifest.classes:
            if word_key(other) == word_key(new) and other not in merged:
                fate = "is merged elsewhere" if other in every else "is a label of its own"
                problems.append(f"{where}: {other!r} {fate}; list it, too, or take another name")
        for old in merged:
            if old not in manifest.classes:
                problems.append(f"{where}: no label {old!r}{nearest(old, manifest.classes)}")
            elif old in seen:
                problems.append(f"{where}: {old!r} stands there twice")
            seen.add(old)
    return problems

"""What each image shows: by patterns of names, by folders, or as the user chooses."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pleura.data.index.pattern import LABEL, PATIENT, NamePattern, read_names
from pleura.data.index.propose import quoted
from pleura.data.index.propose_labels import MANY, LabelProposal, counted, propose_labels
from pleura.data.index.rows import Entry
from pleura.data.names import composed
from pleura.data.tables import depth_of_classes
from pleura.errors import InputError
from pleura.wording import first_few

NAMES = "names"  # of files
AskLabels = Callable[[Sequence[LabelProposal]], LabelProposal | None]


def with_labels(
    folder: Path,
    entries: Sequence[Entry],
    patterns: Sequence[NamePattern],
    ask: AskLabels | None,
    *,
    of_folders: bool,
    by: str = NAMES,
) -> tuple[list[Entry], list[str]]:
    """The entries with their labels, and sentences on these; `by` is what has told those that are
    known.

    Labels are those of the `patterns`, or of the patterns of patients, or else, with `of_folders`,
    those of folders of classes. Where none of these tells any, `ask` chooses among what names
    suggest; without it, that is told. Raises InputError where patterns are given and none fits.
    """
    if patterns:
        return _by_names(entries, patterns)
    if any(LABEL in entry.named for entry in entries):
        return [*entries], [_told(entries, by)]
    paths, patients = _paths_and_patients(entries)
    told = "no labels: --folders names none; add a column label"
    if of_folders:
        cells, told = labels_of_folders(folder, paths, patients)
        if any(LABEL in each for each in cells):
            pairs = zip(entries, cells, strict=True)
            return [replace(entry, named={**of, **entry.named}) for entry, of in pairs], [told]
    proposals = propose_labels(paths, patients)
    if ask and proposals and (chosen := ask(proposals)):
        return _by_names(entries, [NamePattern(chosen.pattern, wanted=[LABEL])])
    hints = [f"these may be classes: {it.counts}; if so, {it.option}" for it in proposals]
    return [*entries], [told, *hints]


def known_labels(
    folder: Path,
    entries: Sequence[Entry],
    patterns: Sequence[NamePattern],
    patients: Sequence[str],
    *,
    of_folders: bool,
) -> list[str]:
    """The label of each entry as `with_labels` would give it to files of these patients, without
    asking anybody; "" where there is none."""
    if patterns:
        return [read_names(patterns, entry.path).get(LABEL, "") for entry in entries]
    cells: list[Mapping[str, str]] = [entry.named for entry in entries]
    if of_folders and not any(LABEL in each for each in cells):
        cells = [*labels_of_folders(folder, [entry.path for entry in entries], patients)[0]]
    return [each.get(LABEL, "") for each in cells]


def label_hints(folder: Path, entries: Sequence[Entry]) -> list[str]:
    """What may be classes where neither names nor folders tell them, for somebody who is asked for
    the patients first."""
    paths, patients = _paths_and_patients(entries)
    named = any(LABEL in entry.named for entry in entries)
    if named or any(labels_of_folders(folder, paths, patients)[0]):
        return []
    return [f"besides, if these are classes: {it}" for it in propose_labels(paths, patients)]


def _paths_and_patients(entries: Sequence[Entry]) -> tuple[list[Path], list[str]]:
    return (
        [entry.path for entry in entries],
        [entry.named.get(PATIENT, "") for entry in entries],
    )


def _by_names(
    entries: Sequence[Entry], patterns: Sequence[NamePattern]
) -> tuple[list[Entry], list[str]]:
    """The entries with what patterns of labels read; of other columns what is known stays."""
    read = [read_names(patterns, entry.path) for entry in entries]
    if not any(LABEL in cells for cells in read):
        texts = ", ".join(quoted(pattern.text) for pattern in patterns)
        raise InputError(
            f"no file fits --label {texts}; there are such as {entries[0].path.as_posix()}"
        )
    labelled = [
        replace(entry, named={**cells, **entry.named, **_label_of(cells)})
        for entry, cells in zip(entries, read, strict=True)
    ]
    return labelled, [_told(labelled)]


def _label_of(cells: Mapping[str, str]) -> dict[str, str]:
    return {LABEL: cells[LABEL]} if LABEL in cells else {}


def _told(entries: Sequence[Entry], by: str = NAMES) -> str:
    files_of = Counter(entry.named[LABEL] for entry in entries if entry.named.get(LABEL))
    return f"labels by {by}: {first_few(counted(files_of), MANY)}"


def labels_of_folders(
    folder: Path, paths: Sequence[Path], patients: Sequence[str]
) -> tuple[list[dict[str, str]], str]:
    """The label of each image, and its part of a split, by the folders in which images lie, as of a
    folder for each class; and a sentence that says so.

    There are no labels where all images lie in one folder, or where each folder is of one patient.
    """
    try:
        depth = depth_of_classes(folder, paths)
    except InputError:
        depth = 0
    labels = [composed(path.parts[depth]) if len(path.parts) > depth + 1 else "" for path in paths]
    classes = sorted({*labels} - {""})
    if len(classes) < 2:
        return [{} for _ in paths], "no labels: no folders hold classes; add a column label"
    pairs = {(label, who) for label, who in zip(labels, patients, strict=True) if label}
    if len(pairs) == len(classes) and all(who for _, who in pairs):
        why = "each folder holds one patient, so its name is no class; add a column label"
        return [{} for _ in paths], f"no labels: {why}"
    told = f"labels by folders: {first_few(classes, MANY)}"
    if len(classes) > MANY:
        told += f"; {len(classes):,} classes are many: if folders hold patients, say so"
    if any(len(path.parts) > depth + 2 for path in paths):
        told += (
            "; folders below say nothing unless --folders '{source}/{label}' gives each a meaning"
        )
    if depth:
        told += f"; parts by folders: {first_few(sorted({path.parts[0] for path in paths}))}"
    part_of = [{"split": path.parts[0]} if depth else {} for path in paths]
    return [
        {LABEL: label, **part} if label else part
        for label, part in zip(labels, part_of, strict=True)
    ], told

"""Several findings an image: each is there, is not there, or is not known."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pleura.data.compound_labels import is_doubt, parts_of, resembled, run_together
from pleura.data.findings_rule import FindingsRule
from pleura.data.manifest import UNLABELLED, Manifest
from pleura.data.names import alike, word_key
from pleura.data.number_cells import read_number_cells
from pleura.data.unknowns import Unknowns, is_unknown
from pleura.errors import InputError, nearest, refuse
from pleura.wording import count

UNCERTAIN = -1  # as CheXpert writes it
EMPTY = -2
_DOUBTFUL = (
    "does not say whether a finding is there; write its name, write what data.findings.none says "
    "where there is none, or leave the whole cell empty. Doubt of one finding can be said by a "
    "column a finding, with -1"
)


@dataclass(frozen=True)
class _FindingCells:
    """What the cells say: 1, 0, `UNCERTAIN` or `EMPTY`, (n, findings); problems; and notes."""

    values: NDArray[np.int64]
    problems: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()


def with_findings(manifest: Manifest, rule: FindingsRule, *, every: bool = False) -> Manifest:
    """The manifest with findings as its classes and `targets` (n, findings): 1, 0, or -1 where the
    policy leaves a finding out.

    The column `label` then names what is there, for people. Rows of which nothing is known are
    left out, unless `every` row is wanted. What no cell says, or is uncertain of, is kept as its
    `unknowns`, whatever the policy. Problems of cells are added to those of the manifest. Raises
    InputError for columns that are not there and for a finding that is in no cell.
    """
    names = tuple(rule.columns)
    if same := alike([*names, rule.none], word_key):
        raise InputError(f"data.findings: names that differ in spelling only: {same[0]}")
    cells = _separated(manifest, rule) if rule.separator else _columns(manifest, rule)
    there = (cells.values == 1).any(axis=0)
    if never := [f"{name}: 1 in no row" for name in np.array(names)[~there]]:
        cure = "take them out of data.findings.names, or write them as the table does."
        if cells.problems:
            cure = "mend the rows below first; else take the findings out of data.findings.names."
        raise InputError(
            f"{manifest.origin}: findings that no image has; {cure}", never + cells.problems
        )
    targets = cells.values.copy()
    for at, name in enumerate(names):
        of = cells.values[:, at]
        targets[of == EMPTY, at] = rule.policy(rule.unknown, name)
        targets[of == UNCERTAIN, at] = rule.policy(rule.uncertain, name)
    any_known = (targets >= 0).any(axis=1) | every
    unknown = cells.values < 0
    notes = [*manifest.notes, *cells.notes, *_policy_notes(cells.values, rule)]
    if not any_known.all():
        notes.append(
            f"rows left out, nothing being known of any finding: {int((~any_known).sum())}"
        )
    labelled = manifest.table.assign(label=_labels(targets, rule))
    return replace(
        manifest,
        table=labelled.iloc[np.flatnonzero(any_known)].reset_index(drop=True),
        classes=names,
        targets=targets[any_known],
        labelled=True,
        unknowns=Unknowns(manifest.table, names, unknown) if unknown.any() else None,
        notes=tuple(notes),
        problems=(*manifest.problems, *cells.problems),
    )


def _columns(manifest: Manifest, rule: FindingsRule) -> _FindingCells:
    columns = list(rule.columns.values())
    several = sorted(name for name, number in Counter(columns).items() if number > 1)
    refuse(
        f"{manifest.origin}: data.findings.names: each finding needs a column of its own.",
        [f"{name!r} is given for several" for name in several],
    )
    absent = [name for name in columns if name not in manifest.table]
    refuse(
        f"{manifest.origin}: data.findings: no column of that name.",
        [f"{name!r}{nearest(name, map(str, manifest.table))}" for name in absent],
    )
    values = np.full((len(manifest), len(columns)), EMPTY, dtype=np.int64)
    problems = []
    for at, name in enumerate(columns):
        cells = read_number_cells(manifest, name)
        fits = np.isin(cells.numbers, (0, 1, UNCERTAIN))
        values[fits, at] = cells.numbers[fits].astype(np.int64)
        why = "; it must say 1 (there), 0 (not there), -1 (uncertain) or nothing"
        problems += cells.problems(~fits & ~cells.empty, why)
    return _FindingCells(values, problems)


def _separated(manifest: Manifest, rule: FindingsRule) -> _FindingCells:
    place = {word_key(name): at for at, name in enumerate(rule.columns)}
    nothing = word_key(rule.none)
    values = np.full((len(manifest), len(rule.columns)), EMPTY, dtype=np.int64)
    names = (*rule.columns, rule.none)
    studied = {nothing, *place}
    others, silent = Counter[str](), Counter[str]()
    problems = []
    for row, label in enumerate(manifest.table["label"]):
        if label in ("", UNLABELLED):
            continue
        if is_unknown(label) and word_key(label) not in studied:
            silent[label] += 1
            continue
        words = [word.strip() for word in str(label).split(rule.separator) if word.strip()]
        if words:
            values[row] = 0
        for word in words:
            key = word_key(word)
            if key in place:
                values[row, place[key]] = 1
            elif key != nothing:
                others[word] += 1
                if parts_of(word) & studied or run_together(word, studied):
                    problems.append(
                        f"{manifest.describe(row)}: {word!r} holds what is studied and more, and "
                        f"data.findings.separator is {rule.separator!r}; write one separator"
                    )
                elif is_doubt(word, names):
                    problems.append(f"{manifest.describe(row)}: {word!r} {_DOUBTFUL}")
            elif len(words) > 1:
                problems.append(
                    f"{manifest.describe(row)}: {label!r} says {rule.none!r} beside a finding"
                )
    said = {"findings in the cells that are not studied": others}
    said["cells that say that no finding is known"] = silent
    like = {word: name for word in others if (name := resembled(word, rule.columns))}
    said["not studied, though called much like what is; if the same is meant, write it so"] = (
        Counter({f"{word!r}, like {name!r}": others[word] for word, name in like.items()})
    )
    notes = (
        f"{what}: {', '.join(f'{word} ({number})' for word, number in sorted(words.items()))}"
        for what, words in said.items()
        if words
    )
    return _FindingCells(values, problems, tuple(notes))


def _policy_notes(values: NDArray[np.int64], rule: FindingsRule) -> Iterator[str]:
    """A note on cells that a policy decided."""
    meaning = {-1: "left out", 0: "taken for 0", 1: "taken for 1"}
    kinds = ("unknown", EMPTY, rule.unknown), ("uncertain", UNCERTAIN, rule.uncertain)
    for what, code, of in kinds:
        here = values == code
        parts = [
            f"{name} {number} ({meaning[rule.policy(of, name)]})"
            for name, number in zip(rule.columns, here.sum(axis=0).tolist(), strict=True)
            if number
        ]
        if parts:
            yield f"{what} findings, {count(int(here.sum()), 'cell')}: {', '.join(parts)}"


def _labels(targets: NDArray[np.int64], rule: FindingsRule) -> list[str]:
    """What each row is called on the page: the findings that are there, and those not known."""
    labels = []
    for row in targets:
        there = [name for name, value in zip(rule.columns, row, strict=True) if value == 1]
        open_ = [f"{name}?" for name, value in zip(rule.columns, row, strict=True) if value < 0]
        labels.append(", ".join([*there, *open_]) or rule.none)
    return labels

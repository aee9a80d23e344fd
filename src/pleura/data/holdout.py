"""Draws which patients test: by a column and rules for its empty cells, by a share, or in folds."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.balance import Balance
from pleura.data.compound_labels import several_findings
from pleura.data.manifest import Manifest
from pleura.data.names import composed, part_of
from pleura.data.rule import Rule
from pleura.errors import InputError, refuse
from pleura.wording import count, first_few

Rows = NDArray[np.int64]

TEST_DRAW, RULE_DRAW = 1, 2  # keep the random streams apart
ROWS_NAMED = 5


@dataclass(frozen=True)
class Holdout:
    """The groups that test in each fold (one, without folds), those that validate by the column of
    parts (none where validation is drawn), and notes for the report."""

    tests: list[list[str]]
    validate: list[str]
    notes: tuple[str, ...]


def draw_holdout(manifest: Manifest, rule: Rule, balance: Balance) -> Holdout:
    """Who tests, and who validates where a column says so.

    Raises `InputError` for a column that leaves a part open or divides a patient or a video.
    """
    if isinstance(rule.test, str):
        return _by_column(manifest, rule.test, rule, balance)
    if rule.test is not None:
        rng = np.random.default_rng([rule.seed, TEST_DRAW])
        return Holdout([balance.share(sorted(set(manifest.groups)), rule.test, rng)], [], ())
    return Holdout(_test_by_folds(manifest, rule.folds or 0, rule.seed, balance), [], ())


def _test_by_folds(manifest: Manifest, folds: int, seed: int, balance: Balance) -> list[list[str]]:
    patients = {name: len(set(manifest.groups[of])) for name, of in manifest.members.items()}
    few = {name: count(n, "patient") for name, n in patients.items() if n < folds}
    if manifest.has_findings:
        refuse(
            f"{folds} folds need {folds} patients with every finding, and {folds} known to be "
            "without it. Take fewer folds or leave out findings.",
            [f"{name}: {number}" for name, number in few.items()],
        )
    refuse(
        f"{folds} folds need {folds} patients of every class. Take fewer folds or merge classes. "
        f"{several_findings(manifest.classes)}".rstrip(),
        [f"class {name}: {number}" for name, number in few.items()],
    )
    return balance.folds(folds, seed)


def _by_column(manifest: Manifest, column: str, rule: Rule, balance: Balance) -> Holdout:
    table = manifest.table
    if column not in table or ((table[column] == "").all() and not rule.rules):
        raise InputError(
            f"{manifest.origin}: no column {column!r} says what tests: it is not there, or it is "
            "empty in every row studied. Map one with columns: {split: <name in the file>} and set "
            "test: split, or give the share of patients that test, such as test: 0.2."
        )
    words = {cell: part_of(cell) for cell in table[column].unique()}
    if unknown := sorted(cell for cell, part in words.items() if part is None):
        raise InputError(
            f"{manifest.origin}: column {column!r} must say train, val or test, not "
            f"{', '.join(map(repr, unknown))}."
        )
    parts = table[column].map(words).to_numpy(dtype=object)
    validates = parts == "validation"
    notes: tuple[str, ...] = ()
    if not rule.official:
        parts[validates] = "train"
        if n_validation := int(validates.sum()):
            notes = (f"validation rows that joined the training pool: {n_validation}",)
    elif validates.any():
        notes = (f"training, validation and test parts are those of the column {column!r}",)
    else:
        raise InputError(
            f"{manifest.origin}: column {column!r} calls no row that is studied val. Give the "
            "share of the training patients that validates, such as validation: 0.2."
        )
    _apply_rules(manifest, rule, balance, parts)
    rows = {part: np.flatnonzero(parts == part) for part in ("train", "validation", "test")}
    refuse_leaks(manifest, rows, f"column {column!r}")
    groups = {part: np.unique(manifest.groups[at]).tolist() for part, at in rows.items()}
    return Holdout([groups["test"]], groups["validation"], notes)


def _apply_rules(manifest: Manifest, rule: Rule, balance: Balance, parts: NDArray[Any]) -> None:
    """Fill the empty cells of `parts` by the first rule that fits each row's source."""
    sources = manifest.table["source"]
    for number, (glob, share) in enumerate(rule.rules.items()):
        fits = (parts == "") & [fnmatchcase(source, composed(glob)) for source in sources]
        if not fits.any():
            raise InputError(f"rules: no row with an empty part has a source like {glob!r}.")
        if isinstance(share, str):
            parts[fits] = share
            continue
        # A patient who has a part already keeps it; the others are drawn.
        placed = dict(zip(manifest.groups[parts != ""], parts[parts != ""], strict=True))
        members = sorted(set(manifest.groups[fits]))
        free = [group for group in members if group not in placed]
        rng = np.random.default_rng([rule.seed, RULE_DRAW, number])
        tested = set(balance.share(free, share, rng))
        for row in np.flatnonzero(fits):
            group = manifest.groups[row]
            parts[row] = placed.get(group, "test" if group in tested else "train")
    left = sorted(set(sources[parts == ""]))
    if left:
        rows = int((parts == "").sum())
        raise InputError(
            f"{count(rows, 'row')} {'has' if rows == 1 else 'have'} no part, and no rule "
            "says what becomes of these sources; "
            "add rules: {<source>: train, test, or the share that tests}.",
            [repr(source) for source in left],
        )


def refuse_leaks(manifest: Manifest, parts: Mapping[str, Rows], where: str) -> None:
    """Raise `InputError` naming every patient and video with rows in two of the `parts`."""
    problems, lines = [], manifest.table["row"].to_numpy()
    for column in ("patient", "video"):
        cells = manifest.table[column].to_numpy(dtype=object)
        for one, other in combinations(parts, 2):
            for name in sorted(set(cells[parts[one]]) & set(cells[parts[other]]) - {""}):
                its = {part: parts[part][cells[parts[part]] == name] for part in (one, other)}
                places = (
                    f"{part} (rows {first_few(lines[rows], ROWS_NAMED)})"
                    for part, rows in its.items()
                )
                problems.append(f"{column} {name} is in {' and in '.join(places)}")
    refuse(f"{where}: no patient and no video may be in two parts.", problems)

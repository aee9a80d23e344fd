"""Which patients test: by a column and rules for its empty cells, by a share, or in folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pleura.data.draw import draw_folds, draw_share
from pleura.data.manifest import Manifest
from pleura.errors import InputError

Rows = NDArray[np.int64]
Rules = Mapping[str, float | Literal["train", "test"]]

PARTS = {
    "": "",
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
TEST_DRAW, RULE_DRAW = 1, 2  # keep the random streams apart
ROWS_NAMED = 5


@dataclass(frozen=True)
class Rule:
    """The arguments of `pleura.data.split.make_split` as JSON keeps them; `fractions` ascending."""

    test: str | float | None
    folds: int | None
    validation: float
    seeds: list[int]
    fractions: list[float]
    rules: list[list[str | float]]
    seed: int


def make_rule(
    test: str | float | None,
    folds: int | None,
    validation: float,
    seeds: Sequence[int],
    fractions: Sequence[float],
    rules: Rules,
    seed: int,
) -> Rule:
    """Raises `InputError` naming every argument that cannot be."""
    by_column = isinstance(test, str)
    shares = [share for share in rules.values() if share not in ("train", "test")]
    musts = {
        "give one of `test` and `folds`": (test is None) != (folds is None),
        "`test` is a column, or a share between 0 and 1": by_column or _all_shares([test]),
        "`folds` are 2 or more": folds is None or folds >= 2,
        "`validation` is a share between 0 and 1": _all_shares([validation]),
        "`seed` is 0 or more": seed >= 0,
        "`seeds` are different whole numbers from 0 on": _distinct(seeds) and min(seeds) >= 0,
        "`fractions` are different numbers above 0 and up to 1": _distinct(fractions)
        and all(0 < fraction <= 1 for fraction in fractions),
        "`rules` need a `test` that names a column": by_column or not rules,
        "`rules` say train, test or a share between 0 and 1": _all_shares(shares),
    }
    broken = [must for must, kept in musts.items() if not kept]
    if broken:
        raise InputError("The split cannot be drawn so.", broken)
    return Rule(
        test=test,
        folds=folds,
        validation=float(validation),
        seeds=[int(value) for value in seeds],
        fractions=sorted(float(value) for value in fractions),
        rules=[[glob, share] for glob, share in rules.items()],
        seed=int(seed),
    )


def _all_shares(values: Sequence[str | float | None]) -> bool:
    return all(value is None or (not isinstance(value, str) and 0 < value < 1) for value in values)


def _distinct(values: Sequence[float]) -> bool:
    return 0 < len(values) == len(set(values))


def draw_tests(
    manifest: Manifest, rule: Rule, strata: Mapping[str, int]
) -> tuple[list[list[str]], tuple[str, ...]]:
    """The test groups of each fold (of one, without folds), and notes for the report.

    Raises `InputError` for a column that leaves a part open or divides a patient or a video.
    """
    if isinstance(rule.test, str):
        return _test_by_column(manifest, rule.test, rule, strata)
    if rule.test is not None:
        rng = np.random.default_rng([rule.seed, TEST_DRAW])
        return [draw_share(strata, rule.test, rng)], ()
    return _test_by_folds(manifest, rule.folds or 0, rule.seed), ()


def _test_by_folds(manifest: Manifest, folds: int, seed: int) -> list[list[str]]:
    groups, labels = manifest.groups, manifest.labels
    patients = {name: len(set(groups[labels == i])) for i, name in enumerate(manifest.classes)}
    rare = [f"class {name}: {n} patients" for name, n in patients.items() if n < folds]
    if rare:
        raise InputError(
            f"{folds} folds need {folds} patients of every class. Take fewer folds or merge "
            "classes.",
            rare,
        )
    return draw_folds(groups, labels, folds, seed)


def _test_by_column(
    manifest: Manifest, column: str, rule: Rule, strata: Mapping[str, int]
) -> tuple[list[list[str]], tuple[str, ...]]:
    table = manifest.table
    if column not in table or (table[column] == "").all():
        raise InputError(
            f"{manifest.origin}: no column {column!r} to take the test part from; map one with "
            "columns: {split: <name in the file>} and set test: split."
        )
    values = table[column].str.lower()
    unknown = sorted(set(values) - set(PARTS))
    if unknown:
        raise InputError(
            f"{manifest.origin}: column {column!r} must say train or test, not "
            f"{', '.join(map(repr, unknown))}."
        )
    parts = values.map(PARTS).to_numpy(dtype=object)
    joined = int((parts == "validation").sum())
    parts[parts == "validation"] = "train"
    notes = (f"validation rows that joined the training pool: {joined}",) if joined else ()
    _apply_rules(manifest, rule, strata, parts)
    rows = {part: np.flatnonzero(parts == part) for part in ("train", "test")}
    refuse_leaks(manifest, rows, f"column {column!r}")
    return [np.unique(manifest.groups[rows["test"]]).tolist()], notes


def _apply_rules(
    manifest: Manifest, rule: Rule, strata: Mapping[str, int], parts: NDArray[Any]
) -> None:
    """Fill the empty cells of `parts` by the first rule that fits each row's source."""
    sources = manifest.table["source"]
    for number, (glob, share) in enumerate(rule.rules):
        fits = (parts == "") & [fnmatchcase(source, str(glob)) for source in sources]
        if not fits.any():
            raise InputError(f"rules: no row with an empty part has a source like {glob!r}.")
        if isinstance(share, str):
            parts[fits] = share
            continue
        # A patient who has a part already keeps it; the others are drawn.
        placed = dict(zip(manifest.groups[parts != ""], parts[parts != ""], strict=True))
        members = sorted(set(manifest.groups[fits]))
        free = {group: strata[group] for group in members if group not in placed}
        rng = np.random.default_rng([rule.seed, RULE_DRAW, number])
        tested = set(draw_share(free, share, rng))
        for row in np.flatnonzero(fits):
            group = manifest.groups[row]
            parts[row] = placed.get(group, "test" if group in tested else "train")
    left = sorted(set(sources[parts == ""]))
    if left:
        raise InputError(
            f"{int((parts == '').sum())} rows have no part, and no rule says what becomes of these "
            "sources; add rules: {<source>: train, test, or the share that tests}.",
            [repr(source) for source in left],
        )


def refuse_leaks(manifest: Manifest, parts: Mapping[str, Rows], where: str) -> None:
    """Raise `InputError` naming every patient and video with rows in two of the `parts`."""
    problems = []
    for column in ("patient", "video"):
        cells = manifest.table[column].to_numpy(dtype=object)
        for one, other in combinations(parts, 2):
            for name in sorted(set(cells[parts[one]]) & set(cells[parts[other]]) - {""}):
                places = (
                    f"{part} (rows {_lines(manifest, parts[part][cells[parts[part]] == name])})"
                    for part in (one, other)
                )
                problems.append(f"{column} {name} is in {' and in '.join(places)}")
    if problems:
        raise InputError(f"{where}: no patient and no video may be in two parts.", problems)


def _lines(manifest: Manifest, rows: Rows) -> str:
    lines = [str(line) for line in manifest.table["row"].to_numpy()[rows]]
    more = len(lines) - ROWS_NAMED
    return ", ".join(lines[:ROWS_NAMED]) + (f" and {more} more" if more > 0 else "")

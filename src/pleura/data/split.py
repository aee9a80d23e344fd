"""Which patients train, validate and test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from pleura.data.balance import Balanced, ByStratum
from pleura.data.compound_labels import several_findings
from pleura.data.holdout import Rows, draw_holdout, refuse_leaks
from pleura.data.manifest import UNLABELLED, Manifest
from pleura.data.rule import Rule
from pleura.errors import InputError, refuse
from pleura.files import digest_of
from pleura.randomness import seed_of

POOL_DRAW = 3  # keeps the random streams apart from those of the holdout
FEWEST = 3  # patients: one to train, one to validate, one to test
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Parts:
    """Rows of the manifest, sorted, int64; those kept `aside` by the name of their part."""

    train: Rows
    validation: Rows
    test: Rows
    aside: Mapping[str, Rows] = field(default_factory=dict)

    @property
    def by_name(self) -> dict[str, Rows]:
        """The rows of every part, those kept aside last."""
        return {name: getattr(self, name) for name in PARTS} | dict(self.aside)


@dataclass(frozen=True)
class Drawing:
    """What was drawn, as the file of a split keeps it.

    `folds` lists for each fold the groups that test, those kept aside by the name of their part
    where there are any, and for each seed what every fraction adds to the smaller ones. `notes` are
    sentences on it for the report.
    """

    folds: list[dict[str, Any]]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """The parts of every fold, seed and fraction.

    `counts` has the columns `fold, seed, fraction, part, class` (also "all"), `patients, images`,
    and `clips` where some image is a frame of one.
    `hash` is a digest of the manifest and of every part; `notes` are sentences for the report;
    `drawing` is what the file keeps.
    """

    folds: int
    hash: str
    counts: pd.DataFrame
    notes: tuple[str, ...]
    drawn: Mapping[tuple[int, int, float], Parts]
    drawing: Drawing

    def parts(self, fold: int, seed: int, fraction: float) -> Parts:
        """The parts of a fold, a seed and a fraction. Raises `InputError` for what is not drawn."""
        try:
            return self.drawn[fold, seed, fraction]
        except KeyError:
            raise InputError(
                f"The split has no fold {fold}, seed {seed}, fraction {fraction}."
            ) from None

    def test_of(self, fold: int) -> Rows:
        """The rows that test in a fold, with any seed and fraction."""
        parts = [parts for (of, _, _), parts in self.drawn.items() if of == fold]
        return np.unique(np.concatenate([part.test for part in parts]))

    def held_out_of(self, fold: int) -> Rows:
        """The rows from which nothing may be learned in a fold: those that test, and those that are
        kept aside."""
        return np.unique(np.concatenate([self.test_of(fold), *self.aside_of(fold).values()]))

    def aside_of(self, fold: int) -> Mapping[str, Rows]:
        """The rows that are kept aside in a fold, with any seed and fraction, by their part."""
        return next(parts.aside for (of, _, _), parts in self.drawn.items() if of == fold)

    def validates_in(self, fold: int, seed: int) -> Rows:
        """The rows that validate in a fold with a seed, at any fraction; none where none were
        drawn."""
        parts = [parts for (of, by, _), parts in self.drawn.items() if (of, by) == (fold, seed)]
        rows = [part.validation for part in parts]
        return np.unique(np.concatenate(rows)) if rows else np.zeros(0, np.int64)

    @property
    def judging(self) -> Rows:
        """Rows that validate, test or are kept aside in any draw, sorted."""
        validate = [parts.validation for parts in self.drawn.values()]
        return np.unique(np.concatenate([self.held_out, *validate]))

    @property
    def tested(self) -> Rows:
        """Rows that test in any fold, sorted."""
        return np.unique(np.concatenate([parts.test for parts in self.drawn.values()]))

    @property
    def held_out(self) -> Rows:
        """Rows that test or are kept aside in any fold, sorted."""
        return np.unique(np.concatenate([self.held_out_of(fold) for fold in range(self.folds)]))


def make_split(manifest: Manifest, rule: Rule, balance: Balanced = ByStratum.rarest) -> Split:
    """Divide the patients (`manifest.groups`), drawn so that `balance` holds.

    The parts of smaller fractions lie inside those of larger ones. Labels that shall not be learned
    (`Manifest.labelled`) stratify only if each of them has patients for every part and fold.

    Raises `InputError` for fewer than three patients, for a patient or video in two parts, for an
    empty part, and for a part that lacks a class; where labels only stratify, that is noted.
    """
    return split_of(manifest, rule, _draw(manifest, rule, balance))


def _draw(manifest: Manifest, rule: Rule, balanced: Balanced) -> Drawing:
    patients = sorted(set(manifest.groups))
    if len(patients) < FEWEST:
        raise InputError(
            f"{manifest.origin}: fewer than three patients ({', '.join(patients)}) cannot be "
            "divided into train, validation and test."
        )
    too_rare: tuple[str, ...] = ()
    patients_of_labels = manifest.table.groupby("label")["patient"].nunique()
    if not manifest.labelled and patients_of_labels.min() < max(FEWEST, rule.folds or 0):
        too_rare = ("the split is not stratified: a label has too few patients for every part",)
        manifest = replace(
            manifest, table=manifest.table.assign(label=UNLABELLED), classes=(UNLABELLED,)
        )
    balance = balanced(manifest.groups, manifest.labels)
    fractions = rule.record()["fractions"]
    holdout = draw_holdout(manifest, rule, balance)
    share = 0.0 if isinstance(rule.validation, str) else rule.validation
    lists: list[dict[str, Any]] = []
    for fold, groups in enumerate(holdout.tests):
        apart = {*groups, *holdout.validate}
        pool = [name for name in patients if name not in apart]
        aside: dict[str, list[str]] = {}
        for name, share_aside in rule.aside.items():
            rng = np.random.default_rng(seed_of("aside", name, rule.seed, fold))
            aside[name] = balance.share(pool, share_aside, rng)
            pool = [group for group in pool if group not in set(aside[name])]
        draws = []
        for seed in map(int, rule.seeds):
            rng = np.random.default_rng([rule.seed, POOL_DRAW, fold, seed])
            steps = balance.nested(pool, fractions, share, rng)
            steps[0][1].extend(holdout.validate)
            added = [
                {"fraction": fraction, "adds_train": train, "adds_validation": validation}
                for fraction, (train, validation) in zip(fractions, steps, strict=True)
            ]
            draws.append({"seed": seed, "fractions": added})
        of_aside = {"aside": aside} if aside else {}
        lists.append({"fold": fold, "test": groups, **of_aside, "draws": draws})
    return Drawing(lists, holdout.notes + too_rare)


def split_of(manifest: Manifest, rule: Rule, drawing: Drawing) -> Split:
    """The split that a drawing gives. Raises `InputError` as `make_split` does."""
    drawn: dict[tuple[int, int, float], Parts] = {}
    for fold in drawing.folds:
        for draw in fold["draws"]:
            train: list[str] = []
            validation: list[str] = []
            for step in draw["fractions"]:
                train += step["adds_train"]
                validation += step["adds_validation"]
                parts = Parts(
                    _rows_of(train, manifest),
                    _rows_of(validation, manifest),
                    _rows_of(fold["test"], manifest),
                    {name: _rows_of(its, manifest) for name, its in fold.get("aside", {}).items()},
                )
                where = f"fold {fold['fold']}, seed {draw['seed']}, fraction {step['fraction']}"
                refuse_leaks(manifest, parts.by_name, where)
                drawn[fold["fold"], draw["seed"], step["fraction"]] = parts
    counts = pd.DataFrame(_counts(manifest, drawn))
    notes = (*drawing.notes, *_missing_classes(counts, manifest, rule))
    digest = digest_of({"manifest": manifest.key, "folds": drawing.folds})
    return Split(rule.folds or 1, digest, counts, notes, drawn, drawing)


def _rows_of(groups: list[str], manifest: Manifest) -> Rows:
    return np.flatnonzero(np.isin(manifest.groups, groups))


def _counts(
    manifest: Manifest, drawn: Mapping[tuple[int, int, float], Parts]
) -> Iterator[dict[str, Any]]:
    members = {"all": np.ones(len(manifest), dtype=np.bool_), **manifest.members}
    videos = manifest.table["video"].to_numpy()
    moving = bool((videos != "").any())
    for (fold, seed, fraction), parts in drawn.items():
        for part, rows in parts.by_name.items():
            for name, belongs in members.items():
                chosen = rows[belongs[rows]]
                yield {
                    "fold": fold,
                    "seed": seed,
                    "fraction": fraction,
                    "part": part,
                    "class": name,
                    "patients": len(set(manifest.groups[chosen])),
                    "images": len(chosen),
                    **({"clips": len({*videos[chosen]} - {""})} if moving else {}),
                }


def _remedy(lacking: pd.DataFrame, rule: Rule) -> str:
    """What may help where parts lack images, by the counts that are 0: `take a larger fraction`."""
    parts, column = {*lacking["part"]}, isinstance(rule.test, str)
    pool = {"train"} if rule.official else {"train", "validation"}
    fractions = lacking.loc[lacking["part"].isin(pool), "fraction"]
    few = bool(parts & pool)
    ways = {
        "a larger fraction": bool((fractions < 1).any()),
        "fewer folds": "test" in parts and rule.folds,
        "a larger test part": "test" in parts and rule.test and not column,
        "a larger share that validates": "validation" in parts & pool,
        "a smaller test part": few and rule.test and not column,
        "more folds": few and rule.folds,
        **{f"a larger part for {name}": name in parts for name in rule.aside},
        f"a smaller part for {' and '.join(rule.aside)}": few and rule.aside,
        f"other cells of column {rule.test!r}": column,
    }
    return f"take {' or '.join(way for way, helps in ways.items() if helps)}"


def _rule_of_parts(manifest: Manifest) -> tuple[str, str]:
    """What every part must have where labels are learned, and what else helps where one has not."""
    if manifest.has_findings:
        must = "Every finding must be there in some image of every part, and not there in another"
        return must, ", or leave out findings"
    if manifest.number:
        return f"Every range of {manifest.number} must be in every part", ""
    return "Every class must be in every part", ", or merge or leave out classes"


def _missing_classes(counts: pd.DataFrame, manifest: Manifest, rule: Rule) -> tuple[str, ...]:
    """A note on parts that have no image of some class; those kept aside may lack any.

    Raises `InputError` for such parts where labels shall be learned, and for empty parts in any
    case.
    """
    none = counts["images"] == 0
    if not none.any():
        return ()
    every = counts["class"] == "all"
    lacking = counts[none & ~every & counts["part"].isin(PARTS)]
    missing = _in_words(lacking)
    if manifest.labelled and missing:
        must, cure = _rule_of_parts(manifest)
        question = several_findings(manifest.classes)
        heading = f"{must}: {_remedy(lacking, rule)}{cure}."
        raise InputError(f"{heading} {question}.".removesuffix(" ."), missing)
    empty = counts[none & every]
    refuse(f"No part may be empty: {_remedy(empty, rule)}.", _in_words(empty))
    more = f", and {len(missing) - 1} more such parts" if len(missing) > 1 else ""
    return tuple(f"{first}{more}" for first in missing[:1])


def _in_words(rows: pd.DataFrame) -> list[str]:
    """`fold 0, seed 1, fraction 0.5: no image of normal in validation` for each of the counts."""
    sentences = []
    for row in rows.to_dict("records"):
        where = f"fold {row['fold']}"
        if row["part"] != "test":
            where += f", seed {row['seed']}, fraction {row['fraction']}"
        of = "" if row["class"] == "all" else f" of {row['class']}"
        sentences.append(f"{where}: no image{of} in {row['part']}")
    return list(dict.fromkeys(sentences))

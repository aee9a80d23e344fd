"""The file of a split: drawn once, then read, and never drawn again silently."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pleura.data.balance import Balanced, ByStratum
from pleura.data.manifest import Manifest
from pleura.data.rule import Rule
from pleura.data.split import Drawing, Parts, Split, make_split, split_of
from pleura.errors import InputError, refuse
from pleura.files import write_text

GROWING = ("seeds", "fractions")  # what a study may get more of; draws do not hang on each other


def load_or_make_split(
    path: Path,
    manifest: Manifest,
    rule: Rule,
    balance: Balanced = ByStratum.rarest,
    *,
    write: bool = True,
) -> Split:
    """The split in the file `path`; if there is none, one is made by `make_split` and written
    there.

    A rule with more seeds or fractions than the file's is drawn and written too, if that leaves all
    that the file holds as it was. Without `write` no file is made or changed. Raises `InputError`
    if the file is of another manifest or rule, or was edited.
    """
    is_of = {
        "images": len(manifest),
        "patients": len(set(manifest.groups)),
        "classes": list(manifest.classes),
        "digest of the paths, labels and patients": manifest.key,
    }
    saved, grown = _load(path, manifest, rule, is_of) if path.exists() else (None, set())
    if saved and not grown:
        return saved
    split = make_split(manifest, rule, balance)
    if saved and any(not _same(parts, split.drawn[key]) for key, parts in saved.drawn.items()):
        raise InputError(
            f"{path}: drawn by other versions of the libraries, so that more {' and '.join(grown)} "
            "cannot be added. Give a new --out folder."
        )
    if write:
        content = {
            "rule": rule.record(),
            "manifest": is_of,
            "hash": split.hash,
            "notes": split.drawing.notes,
            "counts": split.counts.to_dict("records"),
            "folds": split.drawing.folds,
        }
        write_text(path, json.dumps(content, indent=1, ensure_ascii=False))
    return split


def _load(
    path: Path, manifest: Manifest, rule: Rule, is_of: Mapping[str, Any]
) -> tuple[Split, set[str]]:
    """The split in a file, and which of `GROWING` the rule has more of.

    Raises `InputError` if the file is of another manifest or rule, or was edited.
    """
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        then = {**_by_part(saved["rule"]), **saved["manifest"]}
        now = {**_by_part(rule.record()), **is_of}
        grown = {name for name in GROWING if set(then[name]) < set(now[name])}
        changed = [
            f"{name}: {then.get(name, 'none')} in the file, {now.get(name, 'none')} now"
            for name in {**now, **then}
            if then.get(name) != now.get(name) and name not in grown
        ]
        refuse(
            f"{path}: made for another manifest or rule. Put back what the study file said, "
            "give a new --out folder, or delete the file to draw anew.",
            changed,
        )
        split = split_of(manifest, rule, Drawing(saved["folds"], tuple(saved["notes"])))
        edited = split.hash != saved["hash"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a split of pleura ({error!r}). Delete it.") from error
    if edited:
        raise InputError(
            f"{path}: was edited after it was drawn. Put the file back or delete it; for parts of "
            "your own give the manifest a column of train and test, and name it in `test`."
        )
    return split, grown


def _by_part(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a rule with a line for each part that is kept aside, in plain words."""
    shares_aside = {
        f"share of the patients kept for {part}": its for part, its in rule.get("aside", {}).items()
    }
    return {name: its for name, its in rule.items() if name != "aside"} | shares_aside


def _same(one: Parts, other: Parts) -> bool:
    pairs = zip(one.by_name.items(), other.by_name.items(), strict=True)
    return all(name == its and np.array_equal(a, b) for (name, a), (its, b) in pairs)

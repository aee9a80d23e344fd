"""The audit of a study's own images: leaks stop the run, and the rest warns in its report."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pleura.csv_file import is_whole
from pleura.data.audit.collection import Collection
from pleura.data.audit.detectors import find_faults
from pleura.data.audit.duplicates import RECUT
from pleura.data.audit.finding import Finding
from pleura.data.audit.pictures import patients_first, side_by_side
from pleura.data.audit.table import table_of
from pleura.data.columns import recorded
from pleura.data.manifest import Manifest
from pleura.data.names import part_of
from pleura.data.rule import SplitRule
from pleura.data.split import Split
from pleura.errors import InputError
from pleura.files import read_mapping, write_atomically, write_text
from pleura.study.context import Context
from pleura.study.section_reader import BANK
from pleura.study.steps.kind import PANELS
from pleura.tables import AUDIT, write_table
from pleura.wording import count

VERSION = 2  # raised whenever the same images would give other findings
MEMORY = "audited.json"  # beside the banks: which images were looked at
PICTURES = "audit_{:03d}.png"
SHOWN = 8  # findings of a kind with a picture


def audit(
    context: Context,
    announce: Callable[[str], None],
    rule: SplitRule,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Look for faults in the images of a study, as far as no network is needed for it, and leave
    `audit.csv` with pictures of the surest in the study's folder. The same images in the same split
    are looked at once.

    `rule` says how parts are made. Those that a column of the manifest names are looked at by the
    detectors. A drawn split does not know of images that are cut differently: where these stand on
    both sides of it, their findings are leaks that do not stop the study. Raises InputError with
    every other leak, each of which makes the study's results worthless. `check` is asked before
    anything is written, and raises where this process may no longer write into the folder.
    """
    manifest, bank, out = context.manifest, context.whole, context.out
    looked_at = {
        "version": VERSION,
        "bank": bank.key,
        "manifest": manifest.key_with(sorted(filter(recorded, manifest.extras))),
        "split": context.split.hash,
        "test": rule.test,
        "validation": rule.validation,
    }
    if read_mapping(out / BANK / MEMORY) == looked_at and is_whole(out / AUDIT):
        return
    findings = find_faults(Collection(manifest, bank, parts=_parts(context.manifest, rule)))
    if leaks := [finding.text for finding in findings if finding.leak]:
        cure = "Leave one of the images out, as with where: {image: '!*NAME.png'} under data:."
        raise InputError(f"{manifest.origin}: not fit for a study as it is. {cure}", leaks)
    findings = tuple(_on_its_sides(finding, context.split) for finding in findings)
    check()
    for picture in (out / PANELS).glob(PICTURES.replace("{:03d}", "*")):
        picture.unlink()
    files = _with_pictures(context, findings, check)
    check()
    write_table(out / AUDIT, table_of(findings, manifest).assign(file=files))
    if findings:
        counts = Counter(finding.kind for finding in findings)
        told = ", ".join(f"{kind} ({number})" for kind, number in counts.items())
        announce(f"note: audit: {count(len(findings), 'suspect')}: {told}; the report shows them")
    check()
    write_text(out / BANK / MEMORY, json.dumps(looked_at))


def _parts(manifest: Manifest, rule: SplitRule) -> NDArray[np.str_] | None:
    """The part of each image by the column that the rule names, "" where it says none; None where
    all parts are drawn. Where validation is drawn, the column's validation rows are training ones.
    """
    if not isinstance(rule.test, str):
        return None
    parts = np.array([part_of(cell) or "" for cell in manifest.table[rule.test]], dtype=np.str_)
    return parts if rule.official else np.where(parts == "validation", "train", parts)


def _on_its_sides(finding: Finding, split: Split) -> Finding:
    """A finding of images cut differently, as a leak where some of them test in a fold in which
    others train or validate."""
    if finding.kind != RECUT:
        return finding
    for (fold, _, _), parts in split.drawn.items():
        learned = np.concatenate([parts.train, parts.validation])
        if (
            np.isin(finding.rows, learned).any()
            and np.isin(finding.rows, split.test_of(fold)).any()
        ):
            text = f"{finding.text}; they stand on both sides of the split"
            return replace(finding, text=text, leak=True)
    return finding


def _with_pictures(
    context: Context, findings: tuple[Finding, ...], check: Callable[[], None]
) -> list[str]:
    """The name of the picture of each finding, "" for those that have none."""
    files: list[str] = []
    counts: Counter[str] = Counter()
    for number, finding in enumerate(findings):
        counts[finding.kind] += 1
        name = PICTURES.format(number) if counts[finding.kind] <= SHOWN and finding.rows else ""
        if name:
            check()
            with write_atomically(context.out / PANELS / name) as temporary:
                rows = patients_first(finding.rows, context.manifest.groups)
                temporary.write_bytes(side_by_side(context.whole, rows, "png"))
        files.append(name)
    return files

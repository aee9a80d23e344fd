"""The audit of a study's own images: leaks stop the run, and the rest warns in its report."""

import json
from collections import Counter
from collections.abc import Callable

from pleura.data.audit.collection import Collection
from pleura.data.audit.detectors import find_faults
from pleura.data.audit.finding import Finding
from pleura.data.audit.pictures import patients_first, side_by_side
from pleura.data.audit.table import table_of
from pleura.errors import InputError
from pleura.files import read_mapping, write_atomically, write_text
from pleura.study.context import Context
from pleura.study.section_reader import BANK
from pleura.study.steps.kind import PANELS
from pleura.tables import AUDIT, write_table
from pleura.wording import count

VERSION = 1  # raised whenever the same images would give other findings
MEMORY = "audited.json"  # beside the banks: which images were looked at
PICTURES = "audit_{:03d}.png"
SHOWN = 8  # findings of a kind with a picture


def audit(context: Context, announce: Callable[[str], None]) -> None:
    """Look for faults in the images of a study, as far as no network is needed for it, and leave
    `audit.csv` with pictures of the surest in the study's folder. The same images are looked at
    once.

    Raises InputError with every finding that makes the study's results worthless.
    """
    manifest, bank, out = context.manifest, context.bank, context.out
    looked_at = {"version": VERSION, "bank": bank.key, "manifest": manifest.key}
    if read_mapping(out / BANK / MEMORY) == looked_at and (out / AUDIT).is_file():
        return
    findings = find_faults(Collection(manifest, bank))
    if leaks := [finding.text for finding in findings if finding.leak]:
        raise InputError(f"{manifest.origin}: not fit for a study as it is.", leaks)
    for picture in (out / PANELS).glob(PICTURES.replace("{:03d}", "*")):
        picture.unlink()
    files = _with_pictures(context, findings)
    write_table(out / AUDIT, table_of(findings, manifest).assign(file=files))
    if findings:
        counts = Counter(finding.kind for finding in findings)
        told = ", ".join(f"{kind} ({number})" for kind, number in counts.items())
        announce(f"note: audit: {count(len(findings), 'suspect')}: {told}; the report shows them")
    write_text(out / BANK / MEMORY, json.dumps(looked_at))


def _with_pictures(context: Context, findings: tuple[Finding, ...]) -> list[str]:
    """The name of the picture of each finding, "" for those that have none."""
    files: list[str] = []
    counts: Counter[str] = Counter()
    for number, finding in enumerate(findings):
        counts[finding.kind] += 1
        name = PICTURES.format(number) if counts[finding.kind] <= SHOWN and finding.rows else ""
        if name:
            with write_atomically(context.out / PANELS / name) as temporary:
                rows = patients_first(finding.rows, context.manifest.groups)
                temporary.write_bytes(side_by_side(context.bank, rows, "png"))
        files.append(name)
    return files

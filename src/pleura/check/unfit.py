"""What a study would refuse at once: faults of the table, and images that cannot be read or whose
black and white nobody knows."""

from collections.abc import Iterator, Sequence

import numpy as np

from pleura.data.audit.finding import Finding
from pleura.data.bank import Bank
from pleura.data.depth import advised_range, dark, deep, range_advice
from pleura.data.manifest import Manifest
from pleura.wording import count

UNREADABLE, TABLE_FAULT = "cannot be read", "fault of the table"
NO_RANGE = "black and white not known"
# What a user does about them; about copies, labels and parts see the page.
CURES = {
    UNREADABLE: "Replace images that cannot be read, or leave their rows out.",
    TABLE_FAULT: "Mend the table where it is at fault; same_name: merge under data: makes one of "
    "names that differ in spelling only.",
    NO_RANGE: "full_range under data: says what is black and white, and --full-range does so here.",
}


def unfit(manifest: Manifest, bank: Bank) -> Iterator[Finding]:
    """One finding for each image that cannot be read and for each fault of the table, and one for
    all images whose black and white are not known."""
    errors = bank.info["error"].to_numpy(dtype=object)
    misfits = deep(bank.info) & (errors != "")
    for row in map(int, np.flatnonzero((errors != "") & ~misfits)):
        text = f"{manifest.describe(row)}: {errors[row]}."
        yield Finding(UNREADABLE, (row,), 1.0, text, leak=True)
    if misfits.any():
        rows = tuple(map(int, np.flatnonzero(misfits)))
        first = f"such as {manifest.describe(rows[0])}: {errors[rows[0]]}"
        text = f"{count(len(rows), 'image')} could not be looked at, {first}. {_advice(bank)}"
        yield Finding(NO_RANGE, rows, float(len(rows)), text, leak=True)
    elif not isinstance(bank.full_range, tuple) and (darkness := dark(bank.info)):
        rows = tuple(map(int, np.flatnonzero(deep(bank.info))))
        yield Finding(NO_RANGE, rows, float(len(rows)), f"{darkness}. {_advice(bank)}", leak=True)
    for problem in manifest.problems:
        yield Finding(TABLE_FAULT, (), 1.0, problem, leak=True)


def _advice(bank: Bank) -> str:
    black, white = advised_range(bank.info)
    return f"{range_advice(bank.info)} For a check say --full-range {black:.6g} {white:.6g}."


def unseen_images(findings: Sequence[Finding], bank: Bank) -> list[str]:
    """Which images could not be looked at, of the `findings` of `unfit`."""
    lost = sum(finding.kind == UNREADABLE for finding in findings)
    dim = (bank.info["error"] != "").to_numpy(dtype=bool).sum() - lost
    told = [f"{count(lost, 'image')} that cannot be read"] * bool(lost)
    return told + [f"{count(int(dim), 'image')} whose black and white are not known"] * bool(dim)

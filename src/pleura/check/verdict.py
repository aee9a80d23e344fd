"""What was checked and found, and what of it would stop a study."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pleura.check.unfit import CURES
from pleura.data.audit.finding import Finding
from pleura.data.bank import Bank
from pleura.data.manifest import Manifest
from pleura.wording import count

MERGE = "same_image: merge"


@dataclass(frozen=True)
class Checked:
    """What was checked, and what was found: the worst of each kind first.

    `areas` are those of clues (`by_clue`), `sought` says by kind or detector what was looked for,
    `notes` are sentences on the data, and `untold` says why it means little
    that nothing else was found, "" where it does not. `unseen`: what was not looked at, and why.
    """

    manifest: Manifest
    bank: Bank
    findings: Sequence[Finding]
    areas: pd.DataFrame
    sought: Sequence[str] = ()
    notes: Sequence[str] = ()
    untold: str = ""
    unseen: Sequence[str] = ()

    @property
    def by_kind(self) -> dict[str, list[Finding]]:
        """The findings by kind: kinds that stop a study first, then those with most findings; the
        surest of a kind first."""
        kinds: dict[str, list[Finding]] = {}
        for finding in self.findings:
            kinds.setdefault(finding.kind, []).append(finding)
        ordered = sorted(kinds, key=lambda kind: (*_worst(kinds[kind]), -len(kinds[kind])))
        return {
            kind: sorted(kinds[kind], key=lambda each: (*_worst([each]), -each.score))
            for kind in ordered
        }


def _worst(findings: Sequence[Finding]) -> tuple[bool, bool]:
    """A key that puts first what stops every study, then what one can merge."""
    return not any(each.stops for each in findings), not any(each.leak for each in findings)


def _leaks(findings: Sequence[Finding]) -> tuple[int, int]:
    """How many findings stop every study, and how many one that does not merge patients."""
    return sum(each.stops for each in findings), sum(each.merge for each in findings)


def verdict(checked: Checked) -> str:
    """What was found, in a sentence."""
    stops, merges = _leaks(checked.findings)
    unseen = f" Not looked at: {'; '.join(checked.unseen)}." if checked.unseen else ""
    if not checked.findings:
        if checked.untold:
            return f"Whether the split is sound cannot be told: {checked.untold}."
        if unseen:
            return f"Nothing was found in what was looked at.{unseen}"
        return "Nothing was found that would fool a study."
    would = [f"{count(stops, 'leak')} would stop a study"] * bool(stops)
    if merges:
        copies = f"{count(merges, 'set')} of copies under several patients"
        a_study = "one" if stops else "would stop a study"
        would.append(f"{copies} {a_study} that does not say {MERGE}")
    warned = [kind for kind, of in checked.by_kind.items() if any(not each.leak for each in of)]
    found = ", ".join(would) or "Nothing would stop a study"
    found += f"; {count(len(warned), 'kind')} of warnings to look at."
    if checked.untold:
        found += f" What else is wrong cannot be told: {checked.untold}."
    return found + unseen


def cures(findings: Sequence[Finding]) -> list[str]:
    """What is done about what stops a study, in sentences."""
    kinds = {finding.kind for finding in findings if finding.stops}
    told = [cure for kind, cure in CURES.items() if kind in kinds]
    if any(finding.merge for finding in findings):
        told.append(
            "A study counts patients who share an image as one, and goes on, where it says "
            f"{MERGE} under data:."
        )
    if kinds - {*CURES}:
        told.append(
            f"No setting mends {'the rest' if told else 'it'}: leave one of two copies out, and "
            "mend the label of a copy or the part of a patient who is in two."
        )
    return told


def consequence(findings: Sequence[Finding]) -> str:
    """How many findings of a kind stop a study, at the end of a line; "" where none does."""
    stops, merges = _leaks(findings)
    told = [f"{stops:,} would stop a study"] * bool(stops)
    told += [f"{merges:,} would stop one that does not say {MERGE}"] * bool(merges)
    return f", of which {' and '.join(told)}" if told else ""


def in_a_study(findings: Sequence[Finding]) -> tuple[str, bool]:
    """What a study does with the findings of a kind, for a cell, and whether it stops."""
    stops, merges = _leaks(findings)
    told = [f"stops ({stops:,})"] * bool(stops)
    told += [f"stops unless it merges patients ({merges:,})"] * bool(merges)
    return ", ".join(told) or "warns", bool(told)

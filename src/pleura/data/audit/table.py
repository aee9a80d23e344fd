"""The table of what was found, `audit.csv`."""

from collections.abc import Iterable, Sequence

import pandas as pd

from pleura.data.audit.finding import Finding
from pleura.data.manifest import Manifest

COLUMNS = ("kind", "rows", "images", "patients", "score", "text", "leak", "merge")
BETWEEN = "; "  # rows, images and patients in a cell
MOST = 100  # of these in a cell; programs cut longer ones off, or refuse them


def table_of(findings: Sequence[Finding], manifest: Manifest) -> pd.DataFrame:
    """One row a finding: `rows` are lines of the manifest's file, `images` addresses from its
    folder, `patients` names, each divided by semicolons; of many the first hundred, and how many
    more there are."""
    lines = manifest.table["row"]
    return pd.DataFrame(
        [
            (
                finding.kind,
                _cell(str(lines[row]) for row in finding.rows),
                _cell(manifest.names(finding.rows)),
                _cell(dict.fromkeys(map(str, manifest.groups[list(finding.rows)]))),
                round(finding.score, 4),
                finding.text,
                finding.leak,
                finding.merge,
            )
            for finding in findings
        ],
        columns=list(COLUMNS),
    )


def _cell(names: Iterable[str]) -> str:
    every = list(names)
    more = [f"and {len(every) - MOST} more"] if len(every) > MOST else []
    return BETWEEN.join([*every[:MOST], *more])

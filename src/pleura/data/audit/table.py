"""The table of what was found, `audit.csv`."""

from collections.abc import Sequence

import pandas as pd

from pleura.data.audit.finding import Finding
from pleura.data.manifest import Manifest

COLUMNS = ("kind", "rows", "images", "patients", "score", "text", "leak")
BETWEEN = "; "  # rows, images and patients in a cell


def table_of(findings: Sequence[Finding], manifest: Manifest) -> pd.DataFrame:
    """One row a finding: `rows` are lines of the manifest's file, `images` addresses from its
    folder, `patients` names, each divided by semicolons."""
    lines = manifest.table["row"]
    return pd.DataFrame(
        [
            (
                finding.kind,
                BETWEEN.join(str(lines[row]) for row in finding.rows),
                BETWEEN.join(manifest.names(finding.rows)),
                BETWEEN.join(dict.fromkeys(map(str, manifest.groups[list(finding.rows)]))),
                round(finding.score, 4),
                finding.text,
                finding.leak,
            )
            for finding in findings
        ],
        columns=list(COLUMNS),
    )

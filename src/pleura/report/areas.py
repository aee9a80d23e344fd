"""What networks segment in each clip, against what its flags say: the table."""

import math

import pandas as pd

from pleura.evaluate.areas import judge_areas
from pleura.report.findings import Estimate, Findings
from pleura.report.numbers import MISSING, listing
from pleura.report.results import measured
from pleura.report.table import Cell, Column, Table


def area_table(areas: pd.DataFrame, findings: Findings) -> Table | None:
    """AUROC of each area against its flag and both medians; None where no clip has a flag."""
    judged = judge_areas(areas, level=findings.level)
    rows = [
        [
            Cell(row["network"], look=findings.looks.get(row["network"])),
            Cell(row["structure"], f"flag: {row['column']}"),
            measured(Estimate(row["auroc"], row["low"], row["high"]), "auroc"),
            _percent(row["median_with"]),
            _percent(row["median_without"]),
            Cell(f"{row['flagged']} of {row['clips']}", order=float(row["flagged"])),
            Cell(f"{row['patients']}", order=float(row["patients"])),
        ]
        for row in judged.to_dict("records")
    ]
    columns = [
        Column("Network", number=False),
        Column("Area", number=False),
        Column("AUROC", "area against flag"),
        Column("With the flag", "median, % of the image"),
        Column("Without it", "median, % of the image"),
        Column("Flagged", "clips"),
        Column("Patients"),
    ]
    return Table("Segmented area against the clip’s flag", columns, rows) if rows else None


def judged_frames(areas: pd.DataFrame) -> str:
    """Which networks were shown which clips, in a sentence or two; empty where there are none."""
    own_fold = areas["fold"].astype(str) != ""
    everything, tested = (
        [f"“{name}”" for name in dict.fromkeys(areas.loc[rows, "network"])]
        for rows in (~own_fold, own_fold)
    )
    sentences = []
    if everything:
        sentences.append(
            f"{listing(everything)} learned to segment from other images than these: all clips "
            "are judged."
        )
    if tested:
        sentences.append(
            f"{listing(tested)} learned from these images, too: only test clips are judged, and "
            "only against clips of their fold."
        )
    return " ".join(sentences)


def _percent(share: float) -> Cell:
    text = f"{100 * share:.2g}" if math.isfinite(share) else MISSING
    return Cell(text, order=share)

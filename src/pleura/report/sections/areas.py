"""What networks segment in each clip, against what its flags say."""

import json

import pandas as pd

from pleura.evaluate.segmented_areas import judge_areas
from pleura.report import cells
from pleura.report.classification import ClassifierFolder, ClassifierStudy
from pleura.report.figures.boxes import area_figure
from pleura.report.findings import Estimate, Findings
from pleura.report.folder import TableFile
from pleura.report.numbers import decimal, listing
from pleura.report.prose import quoted, tally
from pleura.report.section import Blocks, Section, Words, unheaded
from pleura.report.table import Cell, Table, table_of

AREAS = TableFile(
    "areas.csv",
    ("network", "fold", "seed", "video", "patient", "structure", "column", "flag"),
    ("area",),
)
BOTTLENECK = "bottleneck"
UNNAMED = ("decoder", "scales")


def areas_with_heads(contents: ClassifierFolder) -> pd.DataFrame:
    """All areas with the `head` of the classifier that a U-Net became, "" where it became none."""
    runs = contents.runs[contents.runs["fraction"] == contents.runs["fraction"].max()]
    options = runs["strategy"].map(lambda spelled: json.loads(spelled) if "{" in spelled else {})
    heads = runs[["fold", "seed"]].astype(int).astype(str)
    heads = heads.assign(network=runs["recipe"], head=[each.get("head", "") for each in options])
    return contents.table(AREAS).merge(heads, "left").fillna({"head": ""})


def judged_areas(areas: pd.DataFrame, contents: ClassifierFolder) -> pd.DataFrame:
    """Of `areas_with_heads` those that are evidence: without networks whose classifier reads the
    bottleneck alone, which trained the encoder away from the decoder, and without recipes that are
    not ranked."""
    aside = areas["network"].isin(contents.aside["recipe"])
    return areas[(areas["head"] != BOTTLENECK) & ~aside].reset_index(drop=True)


def area_table(areas: pd.DataFrame, findings: Findings) -> Table | None:
    """AUROC of each of `judged_areas` against its flag and both medians; None where no clip has a
    flag."""
    heads = areas.groupby("network")["head"].unique()
    rows = [
        [
            Cell(
                row["network"],
                listing([f"head {head}" for head in sorted(heads[row["network"]]) if head]),
                look=findings.looks.get(row["network"]),
            ),
            Cell(row["structure"], f"flag: {row['column']}"),
            cells.estimate(Estimate(row["auroc"], row["low"], row["high"])),
            *(
                Cell(decimal(100 * row[median], 2, bounded=False), order=row[median])
                for median in ("median_with", "median_without")
            ),
            Cell(f"{row['flagged']} of {row['clips']}", order=float(row["flagged"])),
            Cell(f"{row['patients']}", order=float(row["patients"])),
        ]
        for row in judge_areas(areas, level=findings.level).to_dict("records")
    ]
    columns = (
        "Network | Area | AUROC / area against flag | With the flag / median, % of the image",
        "Without it / median, % of the image | Flagged / clips | Patients",
    )
    return table_of("Segmented area against the clip’s flag", rows, *columns)


def _blocks(study: ClassifierStudy, areas: pd.DataFrame) -> Blocks:
    judged = judged_areas(areas, study.recipes.contents)
    if table := area_table(judged, study.recipes.findings):
        own_fold = judged["fold"] != ""
        runs = areas[["network", "fold", "seed", "head"]].drop_duplicates()
        yield Words(
            everything=quoted(judged.loc[~own_fold, "network"].unique()),
            tested=quoted(judged.loc[own_fold, "network"].unique()),
            left_out=listing(tally(runs["head"] == BOTTLENECK, runs["network"])),
            unnamed=runs["head"].isin(UNNAMED).any(),
        )
        description = "Segmented areas of clips with and without a flag; see the table"
        yield unheaded("areas", description, area_figure(judged))
        yield table
        yield Words("limits")


SECTION = Section("areas", lambda study: areas_with_heads(study.recipes.contents), _blocks)

"""What networks segment in each clip, against what its flags say."""

import json
from collections.abc import Iterator

import pandas as pd

from pleura.evaluate.segmented_areas import judge_areas
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.boxes import area_figure
from pleura.report.findings import Estimate, Findings
from pleura.report.folder import TableFile
from pleura.report.numbers import count, decimal, listing
from pleura.report.section import Block, Figures, Section, Words
from pleura.report.study import Study
from pleura.report.table import Cell, Table, headings, measured, table_of

AREAS = TableFile(
    "areas.csv",
    ("network", "fold", "seed", "video", "patient", "structure", "column", "flag"),
    ("area",),
)
HEADINGS = headings(
    "Network | Area | AUROC / area against flag | With the flag / median, % of the image | "
    "Without it / median, % of the image | Flagged / clips | Patients"
)
BOTTLENECK = "bottleneck"
UNNAMED = ("decoder", "scales")


def judged_areas(contents: ClassifierFolder) -> pd.DataFrame:
    """The areas that are evidence: without those of networks whose classifier reads the bottleneck
    alone, which trained the encoder away from the decoder, and of recipes that are not ranked."""
    areas = _with_heads(contents)
    aside = areas["network"].isin(contents.aside["recipe"])
    return areas[(areas["head"] != BOTTLENECK) & ~aside].reset_index(drop=True)


def told_of_heads(contents: ClassifierFolder) -> str:
    """What the heads of classifiers mean for their areas, in a sentence or two; empty where no
    network was one."""
    areas = _with_heads(contents)
    runs = areas[["network", "fold", "seed", "head"]].drop_duplicates()
    gone = (runs["head"] == BOTTLENECK).groupby(runs["network"], sort=False).agg(["sum", "size"])
    names = [
        f"“{name}” ({n} of {count(of, 'run')})"
        for name, n, of in gone[gone["sum"] > 0].itertuples()
    ]
    sentences = []
    if names:
        sentences.append(
            f"Left out: {listing(names)}. Their classifier reads the bottleneck, so training went "
            "past the decoder, and what it draws is no evidence."
        )
    if runs["head"].isin(UNNAMED).any():
        sentences.append(
            "With the head decoder or scales, the layer that names the structures did not train "
            "along with the maps that it reads."
        )
    return " ".join(sentences)


def _with_heads(contents: ClassifierFolder) -> pd.DataFrame:
    """Areas with the head of the classifier that a U-Net became, "" where it became none."""
    runs = contents.runs
    largest = runs[runs["fraction"] == runs["fraction"].max()]
    heads = {
        (recipe, str(int(fold)), str(int(seed))): _head(strategy)
        for recipe, fold, seed, strategy in largest[
            ["recipe", "fold", "seed", "strategy"]
        ].itertuples(index=False, name=None)
    }
    areas = contents.table(AREAS)
    keys = areas[["network", "fold", "seed"]].astype(str)
    found = [heads.get(key, "") for key in keys.itertuples(index=False, name=None)]
    return areas.assign(head=pd.Series(found, areas.index, dtype=object))


def _head(strategy: str) -> str:
    return str(json.loads(strategy).get("head", "")) if strategy.startswith("{") else ""


def area_table(areas: pd.DataFrame, findings: Findings) -> Table | None:
    """AUROC of each of `judged_areas` against its flag and both medians; None where no clip has a
    flag."""
    judged = judge_areas(areas, level=findings.level)
    heads = areas.groupby("network")["head"].unique()
    rows = [
        [
            Cell(
                row["network"],
                listing([f"head {head}" for head in sorted(heads[row["network"]]) if head]),
                look=findings.looks.get(row["network"]),
            ),
            Cell(row["structure"], f"flag: {row['column']}"),
            measured(Estimate(row["auroc"], row["low"], row["high"])),
            _percent(row["median_with"]),
            _percent(row["median_without"]),
            Cell(f"{row['flagged']} of {row['clips']}", order=float(row["flagged"])),
            Cell(f"{row['patients']}", order=float(row["patients"])),
        ]
        for row in judged.to_dict("records")
    ]
    return table_of("Segmented area against the clip’s flag", HEADINGS, rows)


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
    return Cell(decimal(100 * share, 2, bounded=False), order=share)


def _blocks(study: Study[ClassifierFolder], areas: pd.DataFrame) -> Iterator[Block]:
    if table := area_table(areas, study.recipes.findings):
        yield Words(frames=judged_frames(areas), heads=told_of_heads(study.recipes.contents))
        description = "Segmented areas of clips with and without a flag; see the table"
        figure = area_figure(areas)
        yield Figures("areas", [("", description, figure)] if figure else [])
        yield table
        yield Words("limits")


SECTION = Section("areas", lambda study: judged_areas(study.recipes.contents), _blocks)

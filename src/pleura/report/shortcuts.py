"""Whether the answer may come from something else than disease: the frame, or the source."""

from dataclasses import dataclass, field

import pandas as pd

from pleura.evaluate.regions import LOST, by_region
from pleura.evaluate.sources import by_source
from pleura.report.findings import NOTHING, Estimate, Findings
from pleura.report.numbers import decimal, listing
from pleura.report.results import measured
from pleura.report.table import Cell, Column, Table, recipe_cell

GUESSING = 0.5
SHOWN = {"whole": "Whole image", "centre": "Frame hidden", "frame": "Frame only"}


@dataclass(frozen=True)
class Shortcuts:
    """Macro AUROC at the largest fraction: `regions` by (recipe, what is shown), `sources` by
    (recipe, source); `classes` and `patients` say what a source holds, `left_out` which hold fewer
    than two classes."""

    regions: dict[tuple[str, str], Estimate] = field(default_factory=dict)
    sources: dict[tuple[str, str], Estimate] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    patients: dict[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def find_shortcuts(predictions: pd.DataFrame, findings: Findings) -> Shortcuts:
    """Evaluate what the predictions of the largest fraction tell of shortcuts."""
    largest = findings.fractions[-1]
    regions = by_region(predictions, fraction=largest, level=findings.level)
    sources, left_out = by_source(predictions, fraction=largest, level=findings.level)
    return Shortcuts(
        regions=_estimates(regions, "shown"),
        sources=_estimates(sources, "source"),
        classes=dict(zip(sources["source"], sources["classes"], strict=True)),
        patients=dict(zip(sources["source"], sources["patients"], strict=True)),
        left_out=left_out,
    )


def _estimates(table: pd.DataFrame, by: str) -> dict[tuple[str, str], Estimate]:
    rows = table[["recipe", by, "value", "low", "high"]].itertuples(index=False, name=None)
    return {(recipe, key): Estimate(*numbers) for recipe, key, *numbers in rows}


def warnings(shortcuts: Shortcuts, findings: Findings) -> list[str]:
    """What gives reason to doubt that a recipe learned disease, in sentences."""
    found = []
    if outside := _from_the_frame(shortcuts, findings):
        found.append(
            "Part of the answer lies in the outer 15 % frame of the images, where side markers, "
            f"text and borders are. AUROC of {'; '.join(outside)}. Look at the images before "
            "believing that disease was learned."
        )
    if fallen := _lower_within(shortcuts, findings):
        found.append(
            f"Within each source alone the AUROC is lower for {listing(fallen)}: where sources "
            "hold different classes, telling sources apart passes for a diagnosis."
        )
    if shortcuts.left_out and not shortcuts.sources:
        found.append(
            "Source and class go together: no source has enough test patients of two classes "
            f"({listing(list(shortcuts.left_out))}). A model may tell sources apart instead of "
            "disease, and nothing here can rule that out."
        )
    return found


def _from_the_frame(shortcuts: Shortcuts, findings: Findings) -> list[str]:
    found = []
    for recipe in findings.looks:
        shown = [shortcuts.regions.get((recipe, part), NOTHING) for part in (*SHOWN, LOST)]
        whole, centre, frame, lost = shown
        if lost.low > 0 and frame.low > GUESSING:
            found.append(
                f"{recipe} {decimal(whole.value)}, without the frame {decimal(centre.value)}, "
                f"from the frame alone {decimal(frame.value)}"
            )
    return found


def _lower_within(shortcuts: Shortcuts, findings: Findings) -> list[str]:
    found = []
    for recipe in findings.looks:
        whole = findings.estimate(recipe, findings.fractions[-1], "auroc")
        within = [e for (name, _), e in shortcuts.sources.items() if name == recipe]
        if within and all(estimate.high < whole.low for estimate in within):
            values = listing([decimal(estimate.value) for estimate in within])
            found.append(f"{recipe} ({decimal(whole.value)} over all, {values} within)")
    return found


def region_table(shortcuts: Shortcuts, findings: Findings) -> Table | None:
    """Macro AUROC on the whole image, without its frame and of its frame alone."""
    rows = [
        [
            recipe_cell(recipe, look, findings.reference),
            *(measured(shortcuts.regions[recipe, shown], "auroc") for shown in SHOWN),
            measured(shortcuts.regions[recipe, LOST], "auroc"),
        ]
        for recipe, look in findings.looks.items()
        if (recipe, LOST) in shortcuts.regions
    ]
    columns = [
        Column("Recipe", number=False),
        *(Column(title, "AUROC") for title in SHOWN.values()),
        Column("Lost", "without the frame"),
    ]
    return Table("AUROC by the part of the image that is shown", columns, rows) if rows else None


def source_table(shortcuts: Shortcuts, findings: Findings) -> Table | None:
    """Macro AUROC over all test images and within each source."""
    if not shortcuts.sources:
        return None
    largest = findings.fractions[-1]
    columns = [
        Column("Recipe", number=False),
        Column("All sources", f"{findings.patients} patients"),
        *(
            Column(source, f"{shortcuts.patients[source]} patients: {classes}")
            for source, classes in shortcuts.classes.items()
        ),
    ]
    rows: list[list[Cell]] = [
        [
            recipe_cell(recipe, look, findings.reference),
            measured(findings.estimate(recipe, largest, "auroc"), "auroc"),
            *(
                measured(shortcuts.sources.get((recipe, source), NOTHING), "auroc")
                for source in shortcuts.classes
            ),
        ]
        for recipe, look in findings.looks.items()
        if findings.has(recipe, largest)
    ]
    return Table("Macro AUROC within each source", columns, rows)

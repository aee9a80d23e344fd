"""The report of a finished study of segmentations: one HTML file that needs nothing else."""

from collections.abc import Sequence
from pathlib import Path

from pleura.evaluate.case_runs import ALL
from pleura.evaluate.contours import CONFUSED, FALSE, MISSED
from pleura.files import write_atomically, write_text
from pleura.report import account, results
from pleura.report.best import row_told
from pleura.report.figures.canvas import save_pictures
from pleura.report.numbers import of_labels
from pleura.report.segmentation.arms import Arms, Difference, differences, find_arms
from pleura.report.segmentation.cautions import cautions
from pleura.report.segmentation.delivered import delivered_cautions, find_delivered, reached
from pleura.report.segmentation.figures.draw import Pictures, draw
from pleura.report.segmentation.folder import CasesFolder, read_cases_folder
from pleura.report.segmentation.judged import Judged, judge
from pleura.report.segmentation.measures import DICE
from pleura.report.segmentation.overlays import legend, read_overlays
from pleura.report.segmentation.sources import source_table
from pleura.report.segmentation.tables import (
    arm_names,
    arms_table,
    other_measures,
    over,
    recipe_table,
    structure_table,
    unranked_table,
    what_trains,
)
from pleura.report.shell import PAGE, shared, template
from pleura.report.table import Column, Table

FALSE_POSITIVES = "false_positive_area"


def write_cases_report(folder: Path) -> Path:
    """Write summary.csv, comparisons.csv, report.html and `figures` into a finished study's folder.

    Everything is computed from the tables there; the page's path is returned. `comparisons.csv` has
    every measure, each corrected by itself. Raises InputError naming what is missing or wrong (see
    `read_cases_folder`).
    """
    contents = read_cases_folder(folder)
    judged = judge(contents)
    for name, table in (("summary", judged.summary), ("comparisons", judged.comparisons)):
        with write_atomically(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    page = folder / PAGE
    text, pictures = render(contents, judged)
    save_pictures(folder / "figures", vars(pictures))
    write_text(page, text)
    return page


def render(contents: CasesFolder, judged: Judged) -> tuple[str, Pictures]:
    """The page as HTML, and its figures; equal inputs give equal bytes."""
    findings, fractions = judged.findings, judged.findings.fractions
    augmented, masked = (find_arms(contents, findings, differ) for differ in ("augmented", "masks"))
    gains = _measured(contents, judged, augmented, [findings.metric.name])
    structures = (ALL, *findings.classes) if len(findings.classes) > 1 else (ALL,)
    falses = _measured(contents, judged, masked, [FALSE_POSITIVES, "dice"], structures)
    delivered = find_delivered(contents, judged)
    # Wherever recipes have rows, the network that is handed over has its own.
    its, shown = (delivered.contents, delivered.judged) if delivered else (contents, judged)
    pictures = draw(
        contents, judged, gains[findings.metric.name], falses[FALSE_POSITIVES], delivered
    )
    classes = tuple(sorted(set(contents.counts["class"]) - {"all"}))
    compared = [results.comparison_table(findings, fraction) for fraction in fractions]
    largest_first = fractions[::-1]
    others = [other_measures(judged, contents, fraction) for fraction in largest_first]
    by_source, small_sources = source_table(shown, its)
    html = template("segmentation.html.j2", "pleura.report.segmentation").render(
        shared(contents, findings, DICE),
        cautions=cautions(contents, judged),
        delivered_cautions=delivered_cautions(delivered),
        reached=reached(delivered),
        row_told=row_told(shown.findings, contents),
        facts=_facts(judged),
        unit=contents.unit,
        recipe_tables=[recipe_table(shown, its, its.runs, each) for each in fractions],
        unranked_table=unranked_table(judged, contents),
        comparison_tables=[table for table in compared if table],
        other_tables=[table for table in others if table],
        structure_tables=[structure_table(shown, its, each) for each in largest_first]
        if len(structures) > 1
        else [],
        pictures=pictures,
        augmentation_table=_augmentation(judged, augmented, gains),
        mask_tables=[_masks(judged, arms, falses) for arms in masked],
        legend=legend(findings.classes),
        errors=(MISSED, FALSE, CONFUSED),
        overlays=read_overlays(contents, judged),
        source_table=by_source,
        small_sources=small_sources,
        largest=of_labels(fractions[-1]),
        data_table=account.data_table(contents.counts, classes),
        origin_table=account.origin_table(
            its.runs.assign(strategy=its.runs["strategy"].map(what_trains)),
            shown.findings.looks,
            findings.reference,
            called=("What trains", "Network"),
        ),
        tuning_table=account.tuning_table(its.runs, shown.findings.looks, findings.reference),
    )
    return html, pictures


def _measured(
    contents: CasesFolder,
    judged: Judged,
    pairs: Sequence[Arms],
    metrics: Sequence[str],
    structures: Sequence[str] = (ALL,),
) -> dict[str, list[Difference]]:
    return {
        metric: differences(contents.test, judged.findings, pairs, metric, structures)
        for metric in metrics
    }


def _augmentation(
    judged: Judged, pairs: Sequence[Arms], found: dict[str, list[Difference]]
) -> Table | None:
    if not pairs:
        return None
    return arms_table(
        "With and without augmentation",
        judged,
        arm_names(pairs, "augmented"),
        found,
        Column("Recipe", number=False),
        lambda each: each.arms.second,
    )


def _masks(judged: Judged, arms: Arms, found: dict[str, list[Difference]]) -> Table:
    return arms_table(
        f"{arms.second} against {arms.first}",
        judged,
        arm_names([arms], "masks"),
        {metric: [each for each in rows if each.arms == arms] for metric, rows in found.items()},
        Column("Structure", number=False),
        over,
    )


def _facts(judged: Judged) -> list[tuple[str, str]]:
    findings = judged.findings
    return [
        ("Test patients", f"{findings.patients:,}"),
        ("Test images", f"{findings.images:,}"),
        ("Structures", ", ".join(findings.classes)),
        ("Recipes", str(len(findings.recipes))),
        ("Seeds", str(findings.seeds)),
        ("Primary measure", findings.metric.label),
        ("Reference", findings.reference),
    ]

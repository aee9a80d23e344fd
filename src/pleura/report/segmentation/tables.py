"""The tables of results: recipes, differences to the reference, structures, sources, arms."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from pleura.evaluate.case_runs import ALL
from pleura.evaluate.cases import summarise_cases
from pleura.report.findings import Findings, order_looks
from pleura.report.numbers import MISSING, count, of_labels, p_value, percent
from pleura.report.results import cost_cells, estimate_cell
from pleura.report.segmentation.arms import Arms, Difference
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.judged import Judged, for_page
from pleura.report.segmentation.measures import columns, shown
from pleura.report.table import Cell, Column, Table, recipe_cell

TRAINS = {
    "none": "everything",
    "encoder": "all but the encoder",
    "bottleneck": "all but the encoder’s last stage",
    "first": "all but the first {} blocks",
    "last": "all but the last {} blocks before the output",
    "gradual": "the output, then one block more in each phase",
    "encoder_then_all": "all but the encoder, then everything",
}
COST = (
    Column("Parameters"),
    Column("MACs", "an image"),
    Column("Training and tuning", "a run"),
    Column("Time", "an image"),
)


def recipe_table(
    judged: Judged, contents: CasesFolder, runs: pd.DataFrame, fraction: float
) -> Table:
    """Every measure over all structures and the cost of every recipe at one fraction."""
    findings, here = judged.findings, runs[runs["fraction"] == fraction]
    rows = [
        [
            recipe_cell(name, look, findings.reference),
            *_measures(judged, name, fraction),
            *cost_cells(here[here["recipe"] == name]),
        ]
        for name, look in findings.at(fraction).items()
    ]
    headings = [Column("Recipe", number=False), *columns(contents.unit).values(), *COST]
    return Table(f"Recipes, {of_labels(fraction)}", headings, rows)


def structure_table(judged: Judged, contents: CasesFolder, fraction: float) -> Table:
    """Every measure of each structure at one fraction."""
    findings = judged.findings
    test = contents.test[contents.test["fraction"] == fraction]
    present = test[test["reference_area"] > 0]
    counts = present.groupby(["recipe", "structure"])["patient"].nunique()
    rows = [
        [
            recipe_cell(name, look, findings.reference),
            Cell(of, f"in {count(counts.get((name, of), 0), 'patient')}"),
            *_measures(judged, name, fraction, of),
        ]
        for name, look in findings.at(fraction).items()
        for of in findings.classes
    ]
    headings = [
        Column("Recipe", number=False),
        Column("Structure", "test patients who have it", number=False),
        *columns(contents.unit).values(),
    ]
    return Table(f"Each structure, {of_labels(fraction)}", headings, rows)


def _measures(judged: Judged, name: str, fraction: float, of: str = "") -> list[Cell]:
    return [
        estimate_cell(judged.findings.estimate(name, fraction, metric.name, of), metric)
        for metric in judged.measures.values()
    ]


def other_measures(judged: Judged, contents: CasesFolder, fraction: float) -> Table | None:
    """Differences to the reference on every measure; None where there is nothing to compare."""
    findings = judged.findings
    here = judged.overall[judged.overall["fraction"] == fraction]
    rows, known = [], judged.measures
    for name, look in findings.looks.items():
        mine = here[here["recipe"] == name]
        if not mine.empty:
            cells = [_told(mine[mine["metric"] == metric], metric, judged) for metric in known]
            rows.append([recipe_cell(name, look, findings.reference), *cells])
    headings = [Column("Recipe", number=False), *columns(contents.unit).values()]
    title = f"Differences to {findings.reference} on every measure, {of_labels(fraction)}"
    return Table(title, headings, rows) if rows else None


def _told(mine: pd.DataFrame, name: str, judged: Judged) -> Cell:
    """The difference on the measure `name`, the only row of `mine` where there is any."""
    if mine.empty:
        return Cell(MISSING, order=float("nan"))
    numbers = (float(mine[column].iloc[0]) for column in ("difference", "low", "high"))
    tone = {"better": "good", "worse": "bad"}.get(str(mine["verdict"].iloc[0]), "")
    return replace(
        estimate_cell(shown(name, *numbers), judged.measures[name], sign=True), tone=tone
    )


def unranked_table(judged: Judged, contents: CasesFolder) -> Table | None:
    """Every measure of recipes that are compared with nothing, at the largest fraction of theirs;
    None where there are none."""
    cases, runs = contents.unranked
    if runs.empty:
        return None
    summary = summarise_cases(cases[cases["part"] == "test"], level=judged.findings.level)
    table = for_page(summary).rename(columns={"structure": "class"})
    looks = order_looks(table, judged.findings.metric, set(), str(runs["recipe"].iloc[0]))
    findings = replace(judged.findings, summary=table, looks=looks, reference="")
    largest = float(summary["fraction"].max())
    found = recipe_table(replace(judged, findings=findings), contents, runs, largest)
    return replace(found, title=f"Not ranked, {of_labels(largest)}")


def arms_table(
    title: str,
    judged: Judged,
    sides: tuple[str, str],
    found: Mapping[str, Sequence[Difference]],
    heading: Column,
    label: Callable[[Difference], str],
) -> Table:
    """Both arms and their paired difference on each measure of `found`, a row for each of what it
    lists, the same in all; `label` says the first column, `sides` are the arms in words."""
    names = columns("")
    headings = [heading, Column("Labels")]
    for metric in found:
        title_of = names[metric].title
        headings += [Column(title_of, side) for side in sides]
        headings += [Column("Difference", f"in {judged.measures[metric].label.split(' in ')[0]}")]
        headings += [Column("p", "after Holm")]
    rows = []
    for together in zip(*found.values(), strict=True):
        first = together[0]
        row = [Cell(label(first)), Cell(percent(first.fraction), order=first.fraction)]
        for metric, each in zip(found, together, strict=True):
            kind = judged.measures[metric]
            row += [estimate_cell(each.first, kind), estimate_cell(each.second, kind)]
            difference = estimate_cell(each.difference, kind, sign=True)
            row += [replace(difference, tone=tone(each, judged.findings, kind.higher_is_better))]
            row += [Cell(p_value(each.p_holm), order=each.p_holm)]
        rows.append(row)
    return Table(title, headings, rows)


def tone(each: Difference, findings: Findings, higher_is_better: bool) -> str:
    """Green or red where the difference is shown, by the p corrected for all rows."""
    if not each.p_holm < 1 - findings.level:
        return ""
    return "good" if (each.difference.value > 0) == higher_is_better else "bad"


def arm_names(pairs: Sequence[Arms], differ: str) -> tuple[str, str]:
    """What the two arms of every pair are called in headings."""
    if differ == "augmented":
        return "without", "with"
    first, second = (trained_on(value) for value in pairs[0].values)
    # Other structures of the same column.
    return (first, second) if first != second else (pairs[0].first, pairs[0].second)


def over(each: Difference) -> str:
    """The structure that a difference is about."""
    return "all structures" if each.structure == ALL else each.structure


def trained_on(masks: str) -> str:
    """What a recipe's masks are called: the column, or that they are those of the study."""
    return masks or "the study’s masks"


def what_trains(plan: str) -> str:
    """A freezing plan, as the runs table spells it, by what it leaves free: it names what it
    freezes, so that `none` stands for everything."""
    name, blocks = plan, 0
    if plan.startswith("{"):
        [(name, blocks)] = json.loads(plan).items()
    words = TRAINS.get(name, plan).format(blocks)
    return words.replace("1 blocks", "block") if blocks == 1 else words

"""The tables of the section on subgroups."""

import numpy as np

from pleura.evaluate.equalised import COMMON, OWN
from pleura.report import cells
from pleura.report.findings import NOTHING, WHOLE, Estimate, Estimates, Findings, estimates
from pleura.report.numbers import MISSING, Metric, capital, count, percent
from pleura.report.sections.subgroups.subgrouped import TARGET, Subgrouped
from pleura.report.study import Judged
from pleura.report.table import NAN, NOTHING_KNOWN, Cell, Column, Table, table_of

MEASURES = ("threshold", "sensitivity", "specificity")
SIZED = ["recipe", "column", "group", "patients", "images"]


def group_table(
    subgrouped: Subgrouped, judged: Judged, findings: Findings, column: str
) -> Table | None:
    """Every metric over all classes in each subgroup of a column."""
    rows = []
    sizes = subgrouped.table.drop_duplicates(["recipe", "column", "group"])
    counts = {tuple(row[:3]): row[3:] for row in sizes[SIZED].itertuples(index=False, name=None)}
    for of, group in subgrouped.groups:
        for recipe in subgrouped.recipes if of == column else ():
            if (recipe, of, group) not in counts:
                continue
            patients, images = counts[recipe, of, group]
            of_metrics = [
                _cell(subgrouped.values, metric, recipe, of, group)
                for metric in judged.measures.values()
            ]
            detail = f"{count(patients, 'patient')}, {count(images, 'image')}"
            rows.append([Cell(group, detail), cells.recipe(recipe, findings), *of_metrics])
    metrics = [Column(metric.title) for metric in judged.measures.values()]
    return table_of(f"By {column}", rows, Column(column), "Recipe", *metrics)


def class_table(subgrouped: Subgrouped, judged: Judged, findings: Findings) -> Table | None:
    """Every metric of single classes in each subgroup, of the first recipe."""
    macro = [metric for metric in judged.measures.values() if metric.macro]
    recipe, noun = subgrouped.recipes[0], findings.noun
    rows = [
        [
            Cell(f"{column}: {group}"),
            Cell(of),
            *(_cell(subgrouped.values, metric, recipe, column, group, of) for metric in macro),
        ]
        for column, group in subgrouped.groups
        for of in findings.classes
    ]
    names = f"Subgroup | {capital(noun.one)}", *(metric.label for metric in macro)
    return table_of(f"Single {noun.several} by subgroup: {recipe}", rows if macro else [], *names)


def _cell(
    values: Estimates, metric: Metric, recipe: str, column: str, group: str, of: str = ""
) -> Cell:
    for name in [of] if of else WHOLE:
        each = values.get((recipe, column, group, metric.name, name), NOTHING)
        if np.isfinite(each.value):
            return cells.estimate(each.scaled(metric), metric)
    return NOTHING_KNOWN


def difference_table(subgrouped: Subgrouped, judged: Judged, findings: Findings) -> Table | None:
    """All differences between subgroups, those that are tested first; coloured where one is
    shown."""
    rows = []
    tested_first = subgrouped.differences["p"].isna().sort_values(kind="stable").index
    is_shown = set(subgrouped.shown(findings.level).index)
    for at, row in subgrouped.differences.loc[tested_first].iterrows():
        metric = judged.measures[row["metric"]]
        of = "" if row["class"] in WHOLE else f"“{row['class']}”"
        difference = Estimate(row["difference"], row["low"], row["high"]).scaled(metric)
        worse = row["difference"] * metric.sign < 0
        tone = ("bad" if worse else "good") if at in is_shown else ""
        rows.append(
            [
                Cell(f"{row['column']}: {row['group']}", f"against {row['other']}"),
                cells.recipe(row["recipe"], findings),
                Cell(metric.title if not of else metric.label, of),
                cells.estimate(difference, metric, sign=True, tone=tone),
                cells.p(row["p"]),
                cells.p(row["p_holm"]),
            ]
        )
    names = "Subgroup | Recipe | Metric | Difference | p / this one alone | p / after Holm"
    return table_of("Differences between subgroups", rows, names)


def equal_table(subgrouped: Subgrouped, findings: Findings) -> Table | None:
    """One threshold for all subgroups against each subgroup's own, by class."""
    if subgrouped.equal.empty:
        return None
    keys = ["recipe", "column", "group", "class"]
    every, rows = estimates(subgrouped.equal, *keys, "threshold", "measure"), []
    for recipe, column, group, of in dict.fromkeys(key[:4] for key in every):
        row = [
            Cell(f"{column}: {group}"),
            cells.recipe(recipe, findings),
            Cell(of),
            cells.ends(every[recipe, column, group, of, OWN, "patients"]),
        ]
        for which in (COMMON, OWN):
            its = [every[recipe, column, group, of, which, measure] for measure in MEASURES]
            row += _at_threshold(*its)
        rows.append(row)
    noun = findings.noun.one
    title = f"Thresholds for a sensitivity of {percent(TARGET)} on validation, by subgroup"
    names = f"Subgroup | Recipe | {capital(noun)} | Chosen on / patients of the {noun}"
    twice = [
        f"{capital(measure)} / {which}"
        for which in ("one for all", "its own")
        for measure in MEASURES
    ]
    return table_of(title, rows, names, *twice)


def _at_threshold(threshold: Estimate, *rates: Estimate) -> list[Cell]:
    """A threshold and the rates at it."""
    if not np.isfinite(threshold.value):
        return [Cell(MISSING, "too few patients", order=NAN), *(NOTHING_KNOWN for _ in rates)]
    return [cells.threshold(threshold), *map(cells.estimate, rates)]

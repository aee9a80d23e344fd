"""Who was tested in each study: shares of classes, and the groups of patients that both know."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pleura.compare.outcomes import STRUCTURE, Outcomes
from pleura.compare.studies import Finished, Pair
from pleura.errors import InputError
from pleura.evaluate.predicted_runs import knowns, labels_of, positives, whose
from pleura.report.folder import TableFile
from pleura.tables import DEMOGRAPHICS, NUMBER

SIDES = ("first", "second")
COLUMNS = ["column", "group"]
COLUMNS += [f"{what}_{side}" for side in SIDES for what in ("patients", "images", "share")]
TEXT = ("column", "group", "part")
LABELS = "label"
ALL = "all"
QUARTERS = {
    "least": 0.0,
    "first quartile": 0.25,
    "median": 0.5,
    "third quartile": 0.75,
    "most": 1.0,
}
FILE = TableFile(DEMOGRAPHICS, TEXT, ("patients", "images"))


def case_mix(pair: Pair, outcomes: Outcomes) -> pd.DataFrame:
    """A row for each class (`column` "label"), and for each group of a column of demographics.csv
    that either study has: patients, images and share of the test images in each study; nan where
    it does not know that column. Of numbers `share` is a quartile of the number itself."""
    sides = []
    for study, table in zip(pair, outcomes.tables, strict=True):
        found = [*_labels(table, outcomes), *_groups(study)]
        sides.append({(column, group): its for column, group, *its in found})
    keys = dict.fromkeys([*sides[0], *sides[1]])
    columns = [{column for column, _ in side} for side in sides]
    rows: list[list[object]] = []
    for key in keys:
        row: list[object] = [*key]
        for side, known in zip(sides, columns, strict=True):
            nothing = 0.0 if key[0] in known else np.nan
            row += side.get(key, [nothing] * 3)
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


Row = tuple[str, str, float, float, float]


def _labels(table: pd.DataFrame, outcomes: Outcomes) -> Iterator[Row]:
    rows = table.drop_duplicates("image")
    patients = whose(rows)
    yield LABELS, ALL, len(set(patients)), len(rows), 1.0
    if NUMBER in rows:
        for name, quantile in QUARTERS.items():
            yield LABELS, name, np.nan, np.nan, float(rows[NUMBER].astype(float).quantile(quantile))
    elif outcomes.noun is STRUCTURE:
        for name in outcomes.names:
            its = table[(table["structure"] == name) & (table["reference_area"].astype(float) > 0)]
            its = its.drop_duplicates("image")
            yield LABELS, name, len(set(whose(its))), len(its), len(its) / len(rows)
    else:
        labels, k = labels_of(rows, outcomes.names), len(outcomes.names)
        positive, known = positives(labels, k), knowns(labels, k)
        for at, name in enumerate(outcomes.names):
            there = positive[:, at] & known[:, at]
            share = there.sum() / known[:, at].sum()
            yield LABELS, name, len(set(patients[there])), int(there.sum()), float(share)


def _groups(study: Finished) -> Iterator[Row]:
    """The groups of patients of the test part, by demographics.csv, which is of the first fold."""
    try:
        table = study.contents.table(FILE)
    except InputError:
        return
    test = table[table["part"] == "test"] if "part" in table else table
    for column, rows in test.groupby("column", sort=False):
        total = float(rows["images"].sum())
        for row in rows.to_dict("records"):
            images = float(row["images"])
            yield str(column), str(row["group"]), float(row["patients"]), images, images / total

"""Who was tested in each study: shares of classes and groups of patients."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from pleura.compare.case_mix import ALL, LABELS
from pleura.compare.sections.part import Blocks, Part
from pleura.compare.tables import Compared
from pleura.report.numbers import MISSING, capital, count, decimal
from pleura.report.section import Text
from pleura.report.table import NOTHING_KNOWN, Cell, Table

NUMBERS = "numbers"


def blocks(compared: Compared) -> Blocks:
    """Shares of classes, and groups of patients, in both test parts."""
    table = compared.tables["case_mix"]
    yield Text(
        "The whole test part of each study. AUROC hangs little on the shares of classes, and much "
        "on how hard the patients are; accuracy, F1 and AUPRC hang on both."
    )
    labels = table[(table["column"] == LABELS) & (table["group"] != ALL)]
    if compared.facts["task"] == NUMBERS:
        rows = [
            [Cell(row["group"]), *(_number(row[f"share_{side}"]) for side in ("first", "second"))]
            for row in labels.to_dict("records")
        ]
        yield Table.of("The number", rows, "", *compared.names)
    else:
        title = f"{capital(compared.noun.several)} in the test parts"
        yield _shares(compared, title, capital(compared.noun.one), labels.to_dict("records"))
    for column in dict.fromkeys(table["column"]):
        if column != LABELS:
            its = table[table["column"] == column].to_dict("records")
            yield _shares(compared, f"{capital(column)} in the test parts", capital(column), its)
    if set(table["column"]) == {LABELS}:
        yield Text("The tables of neither study tell sex, age, source or site of patients.")


def _shares(compared: Compared, title: str, first: str, rows: list[dict[Hashable, Any]]) -> Table:
    told = [
        [
            Cell(str(row["group"])),
            *(_share(row, side) for side in ("first", "second")),
        ]
        for row in rows
    ]
    return Table.of(title, told, first, *compared.names)


def _share(row: dict[Hashable, Any], side: str) -> Cell:
    patients, images, share = (
        float(row[f"{what}_{side}"]) for what in ("patients", "images", "share")
    )
    if not np.isfinite(images):
        return NOTHING_KNOWN
    people = f"{count(patients, 'patient')}, {count(images, 'image')}"
    return Cell(decimal(share), people if images else MISSING, order=share)


def _number(value: float) -> Cell:
    return Cell(f"{value:g}", order=value)


PART = Part("mix", "Patients tested", "Who was tested in each", blocks)

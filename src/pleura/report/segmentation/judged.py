"""What a study of segmentations found: the statistics that the page shows."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.case_runs import ALL
from pleura.evaluate.cases import COMPARED, compare_cases, summarise_cases
from pleura.evaluate.intervals import SIZES
from pleura.report.findings import Findings, order_looks
from pleura.report.numbers import Metric
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.measures import SHOWN_TIMES, measures


@dataclass(frozen=True)
class Judged:
    """`findings` is on the primary measure, in the numbers that the page writes; `summary` and
    `comparisons` are the tables of `evaluate`, the latter of every measure and structure, each
    corrected for its own comparisons alone."""

    findings: Findings
    measures: Mapping[str, Metric]
    summary: pd.DataFrame
    comparisons: pd.DataFrame

    @property
    def overall(self) -> pd.DataFrame:
        """The comparisons over all structures."""
        return self.comparisons[self.comparisons["structure"] == ALL]


def judge(contents: CasesFolder) -> Judged:
    """Evaluate the test cases as the study file asks. Raises InputError."""
    study, test = contents.study, contents.test
    reference, name = str(study["reference"]), str(study.get("metric") or "dice")
    known = measures(contents.unit)
    if name not in known:
        raise InputError(f"study.yaml: no metric {name!r}; choose one of {', '.join(known)}")
    recipes = dict.fromkeys(test["recipe"])
    if reference not in recipes:
        raise InputError(
            f"{contents.path / 'cases.csv'} has no rows of the reference {reference!r} named in "
            f"study.yaml; it has {', '.join(recipes)}"
        )
    margin, level = float(study.get("margin", 0.01)), float(study.get("level", 0.95))
    summary = summarise_cases(test, level=level)
    compared = [
        compare_cases(test, reference=reference, metric=metric, margin=margin, level=level)
        for metric in known
        if len(recipes) > 1 and test[metric].notna().any()
    ]
    comparisons = pd.concat([pd.DataFrame(columns=COMPARED + SIZES), *compared])
    whole = comparisons[comparisons["structure"] == ALL]
    findings = Findings(
        summary=for_page(summary).rename(columns={"structure": "class"}),
        comparisons=for_page(whole[whole["metric"] == name]),
        looks={},
        reference=reference,
        metric=known[name],
        margin=margin * SHOWN_TIMES.get(name, 1),
        level=level,
        fractions=tuple(sorted(float(value) for value in set(summary["fraction"]))),
        classes=contents.structures,
    )
    findings.looks.update(order_looks(findings.summary, known[name], set(), reference))
    return Judged(findings, known, summary, comparisons)


def for_page(table: pd.DataFrame) -> pd.DataFrame:
    """The table with values as the page writes them (see `SHOWN_TIMES`)."""
    times = table["metric"].map(SHOWN_TIMES).fillna(1.0)
    numbers = [c for c in ("value", "difference", "low", "high") if c in table.columns]
    return table.assign(**{column: table[column] * times for column in numbers})

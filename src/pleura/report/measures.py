"""How the measures of a segmentation are called and written."""

from dataclasses import replace

import pandas as pd

from pleura.evaluate.case_metrics import CASE_METRICS, DISTANCES
from pleura.evaluate.cases import summarise_cases
from pleura.report.numbers import Metric
from pleura.report.table import Column, headings

AREA = "false_positive_area"
UNITS = {"mm": "mm", "px": "pixels"}


def measures(unit: str) -> dict[str, Metric]:
    """Every measure by its name; distances are in `unit`, "mm" or "px"."""
    word = UNITS.get(unit, "")
    return {**CASE_METRICS, **{name: replace(CASE_METRICS[name], unit=word) for name in DISTANCES}}


def columns(unit: str) -> dict[str, Column]:
    """The heading of each measure's column."""
    unit = UNITS.get(unit, "")
    names = headings(
        f"Dice | IoU | Hausdorff / 95 %{', ' * bool(unit)}{unit} | Surface distance / {unit}",
        "False-positive area / % of the image | Parts / error in their number",
    )
    return dict(zip(measures(""), names, strict=True))


def summarise_for_page(cases: pd.DataFrame, *, level: float) -> pd.DataFrame:
    """The summary of test cases (see `summarise_cases`) as `for_page` has it."""
    return for_page(summarise_cases(cases, level=level))


def for_page(table: pd.DataFrame) -> pd.DataFrame:
    """A table of `evaluate` with values as the page writes them, structures as its classes."""
    times = table["metric"].map(lambda name: CASE_METRICS[name].shown_times)
    numbers = table.columns.intersection(["value", "difference", "low", "high", "detectable"])
    table = table.rename(columns={"structure": "class"})
    table[numbers] = table[numbers].mul(times, axis="index")
    return table

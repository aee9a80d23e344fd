"""How the measures of a segmentation are called and written."""

from dataclasses import replace

from pleura.evaluate.case_metrics import CASE_METRICS, DISTANCES
from pleura.evaluate.case_metrics import DICE as DICE
from pleura.report.findings import Estimate
from pleura.report.numbers import Metric
from pleura.report.table import Column

UNITS = {"mm": "mm", "px": "pixels"}
SHOWN_TIMES = {metric.name: metric.shown_times for metric in CASE_METRICS.values()}


def measures(unit: str) -> dict[str, Metric]:
    """Every measure by its name; distances are in `unit`, "mm" or "px"."""
    within = f" in {UNITS[unit]}" if unit else ""
    distances = {
        name: replace(CASE_METRICS[name], label=f"{CASE_METRICS[name].label}{within}")
        for name in DISTANCES
    }
    return {**CASE_METRICS, **distances}


def columns(unit: str) -> dict[str, Column]:
    """The heading of each measure's column."""
    unit = UNITS.get(unit, "")
    return {
        "dice": Column("Dice"),
        "iou": Column("IoU"),
        "hd95": Column("Hausdorff", f"95 %, {unit}" if unit else "95 %"),
        "surface_distance": Column("Surface distance", unit),
        "false_positive_area": Column("False-positive area", "% of the image"),
        "components": Column("Parts", "error in their number"),
    }


def shown(name: str, value: float, low: float, high: float) -> Estimate:
    """A value of the measure `name` with its interval, as the page writes them."""
    times = SHOWN_TIMES.get(name, 1.0)
    return Estimate(times * value, times * low, times * high)

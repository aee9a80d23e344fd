"""How the measures of a segmentation are called and written."""

from pleura.report.findings import Estimate
from pleura.report.numbers import Metric, decimal, interval
from pleura.report.table import Cell, Column

DICE = Metric("dice", "Dice")
UNITS = {"mm": "mm", "px": "pixels"}
# Areas are shares of the image in tables of data, and per cent on the page: they are small.
SHOWN_TIMES = {"false_positive_area": 100.0}
DIGITS = {"dice": 3, "iou": 3, "hd95": 1, "surface_distance": 2, "false_positive_area": 2}
DIGITS |= {"components": 2}


def measures(unit: str) -> dict[str, Metric]:
    """Every measure by its name; distances are in `unit`, "mm" or "px"."""
    within = f" in {UNITS[unit]}" if unit else ""
    worse = {"bounded": False, "higher_is_better": False}
    found = (
        DICE,
        Metric("iou", "IoU"),
        Metric("hd95", f"Hausdorff distance{within}", **worse),
        Metric("surface_distance", f"surface distance{within}", **worse),
        Metric("false_positive_area", "false-positive area in % of the image", **worse),
        Metric("components", "error in the number of parts", **worse),
    )
    return {metric.name: metric for metric in found}


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


def measured(estimate: Estimate, metric: Metric, *, sign: bool = False) -> Cell:
    """A value with its interval beneath."""
    digits, bounded = DIGITS[metric.name], metric.bounded
    return Cell(
        decimal(estimate.value, digits, bounded=bounded, sign=sign),
        interval(estimate.low, estimate.high, digits, bounded=bounded),
        order=estimate.value,
    )


def shown(name: str, value: float, low: float, high: float) -> Estimate:
    """A value of the measure `name` with its interval, as the page writes them."""
    times = SHOWN_TIMES.get(name, 1.0)
    return Estimate(times * value, times * low, times * high)

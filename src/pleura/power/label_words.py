"""What a pilot tells of more labels, in plain words."""

from collections.abc import Iterator

import numpy as np

from pleura.power.plan import Plan
from pleura.wording import count


def of_labels(plan: Plan) -> Iterator[str]:
    """Lines of each trend, none where the pilot has one share of the labels."""
    for trend in plan.trends:
        at = ", ".join(
            f"{plan.decimal(value, sign=True)} at {100 * fraction:g} % of the labels"
            for fraction, value in trend.differences.items()
        )
        times = plan.metric.shown_times
        ends = plan.metric.interval(times * trend.low, times * trend.high)
        slope = plan.decimal(trend.slope, sign=True)
        line = (
            f"Labels, {trend.recipe}: {at}; with each doubling {slope} "
            f"({ends.replace(chr(160), ' ')})."
        )
        yield f"{line} {_reading(plan, trend.recipe, told=trend.told, grows=trend.grows)}"
    for recipe in plan.left_out:
        yield f"Labels, {recipe}: not told, since its fractions have other seeds; train the same."
    if plan.trends:
        yield (
            "Labels change the difference itself, not only its uncertainty: no formula tells how. "
            "The line holds between the labels tried, and hardly beyond twice the most."
        )


def _reading(plan: Plan, recipe: str, *, told: bool, grows: bool) -> str:
    rows = plan.of("each doubling of labels").to_dict("records")
    row = next(each for each in rows if each["recipe"] == recipe)
    smallest = plan.decimal(row["smallest"])
    if not told:
        return "No change with the labels is shown."
    if not grows:
        return "It shrinks as labels are added: with more of them it is harder to show."
    if np.isfinite(row["fraction"]):
        images = f" ({count(row['labels'], 'image')})" if np.isfinite(row["labels"]) else ""
        low, high = 100 * row["fraction_low"], 100 * row["fraction_high"]
        upper = f"{high:.0f} %" if np.isfinite(high) else "beyond twice the most that were tried"
        return (
            f"It grows with labels: {smallest}, which this pilot's patients and seeds show, would "
            f"be reached at about {100 * row['fraction']:.0f} % of all labels{images}; by the "
            f"limits of the slope from {low:.0f} % to {upper}."
        )
    return (
        f"It grows with labels, but {smallest}, which this pilot's patients and seeds show, is not "
        "within twice the most labels that were tried."
    )

"""What a user must know of a model's answers before the first of them: who chose its thresholds,
and what its prediction sets promise and have held."""

from collections.abc import Iterator

import numpy as np

from pleura.deploy.package import Model
from pleura.wording import decimal, interval


def promises_of(model: Model) -> Iterator[str]:
    """A line for each; nothing where there is nothing to say."""
    if why := model.why_not_flagged:
        yield why
    yield from of_calls(model)
    yield from of_sets(model)


def of_calls(model: Model) -> Iterator[str]:
    """From which probability on each finding is called positive, and who chose that."""
    if (each := model.thresholds) is None:
        return
    named_thresholds = ", ".join(
        f"{name} {decimal(threshold)}" for name, threshold in zip(model.classes, each, strict=True)
    )
    chosen = model.card["calibration"].get("images", 1) > 0
    why = "as validation patients of the study chose" if chosen else "which no patients chose"
    yield f"called positive is a finding from this probability on, {why}: {named_thresholds}"


def of_sets(model: Model) -> Iterator[str]:
    """What the sets of a model promise, what test has shown of it, and what has no set."""
    if model.rule is None:
        return
    if few := model.rule.without(model.classes):
        it, they = ("it", "it is") if len(few) == 1 else ("them", "they are")
        yield (
            f"no prediction set for {', '.join(few)}: too few patients were kept for {it}; {they} "
            f"in every set, and nothing rules {it} out"
        )
    if np.isnan(model.rule.thresholds).all():
        return
    measured, promised = model.on_test, f"{model.rule.coverage:.4g}".removeprefix("0")
    shares = "; ".join(
        f"{answer} {decimal(its.covered)} ({interval(its.low, its.high)})"
        for answer, its in measured.items()
    )
    whom = "with and without each finding" if model.rule.several else "of each class"
    yield (
        f"prediction sets promise to hold the right answer for at least {promised} of the patients "
        f"{whom} who are like those of the study. On its test patients they held it for: "
        f"{shares or 'not told by this model'}"
    )
    if fell := [answer for answer, its in measured.items() if its.fell]:
        yield (
            f"on the study's test patients sets hold {', '.join(fell)} less often than promised: "
            "these patients are unlike those by whom the sets were made, and yours may be, too. "
            "Check sets on patients of your own before you rely on them"
        )

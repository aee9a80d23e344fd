"""What the losses of training, of training images as judged, and of validation say of a fit."""

from typing import Any

import pandas as pd

from pleura.report.numbers import Metric
from pleura.report.prose import tally
from pleura.report.section import Cautions, warn
from pleura.tables import JUDGED, VALIDATED

FAR = 1.2  # the loss of training images as judged over that as trained, from which on it is said
AND_BY = 0.1  # nats, by which it is larger besides: near zero a ratio says nothing
# Of the way from the worst that the score can be to the best:
GAP = 0.1  # between training images as judged and validation
WELL = 0.8  # from which on training images count as told well


def fitting(runs: pd.DataFrame, by: Metric) -> Cautions:
    """Networks that see other images in training than when they are judged; whose loss on
    validation is above that of guessing; that have learned their training images by heart.

    Figures are those of the epoch whose weights were kept; the score is the metric `by` which
    validation chose it. A score without an end to its range tells nothing of the latter.
    """
    trained, judged = runs["train_loss"], runs[f"{JUDGED}loss"]
    other_images = (judged > FAR * trained) & (judged > trained + AND_BY)
    above_guessing = runs[f"{VALIDATED}loss"] > runs["guessing_loss"]
    on_training, on_validation = (_share_of_range(runs, part, by) for part in (JUDGED, VALIDATED))
    by_heart = (on_training > WELL) & (on_training - on_validation > GAP) & ~other_images
    if names := of_recipes(runs, other_images):
        losses = {"judged": judged[other_images], "trained": trained[other_images]}
        medians: dict[str, Any] = {name: each.median() for name, each in losses.items()}
        yield warn("doubts", "other_images", names=names, **medians)
    if names := of_recipes(runs, above_guessing):
        yield warn("doubts", "above_guessing", serious=False, names=names)
    if names := of_recipes(runs, by_heart):
        yield warn("doubts", "by_heart", serious=False, names=names)


def _share_of_range(runs: pd.DataFrame, part: str, by: Metric) -> "pd.Series[float]":
    """How far the scores of a part lie from the worst that there can be (0) to the best (1)."""
    name = f"{part}{by.name}"
    share = (runs.reindex(columns=[name])[name] - by.transformation.low) / by.transformation.width
    return share if by.higher_is_better else 1 - share


def of_recipes(runs: pd.DataFrame, flagged: "pd.Series[bool]") -> list[str]:
    """`fine-tuning (3 of 6 runs)` for each recipe with a flagged run."""
    return tally(flagged, runs["recipe"], quote="{}")

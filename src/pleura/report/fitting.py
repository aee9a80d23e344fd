"""What the losses of training, of training images as judged, and of validation say of a fit."""

import pandas as pd

from pleura.report.numbers import METRICS, Metric, count, listing
from pleura.report.section import Caution
from pleura.tables import JUDGED, VALIDATED

FAR = 1.2  # the loss of training images as judged over that as trained, from which on it is said
AND_BY = 0.1  # nats, by which it is larger besides: near zero a ratio says nothing
# Of the way from the worst that the score can be to the best:
GAP = 0.1  # between training images as judged and validation
WELL = 0.8  # from which on training images count as told well


def fitting(runs: pd.DataFrame, by: Metric) -> list[Caution]:
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
    cautions = []
    if names := tally(runs, other_images):
        text = (
            f"In training the network sees other images than when it is judged: {names}. "
            f"Training images as they are have a loss of {_median(judged[other_images])} where "
            f"they had {_median(trained[other_images])} as trained. A change that augmentation "
            "makes to every image does this (training.augmentation), or BatchNorm after very few "
            "steps; such recipes are judged below what they could do."
        )
        cautions.append(Caution(text))
    if names := tally(runs, above_guessing):
        text = (
            f"The loss on validation is above that of guessing for {names}: as trained, the "
            "probabilities are worse than none, however well the order of the images is."
        )
        cautions.append(Caution(text, serious=False))
    if names := tally(runs, by_heart):
        text = (
            f"Overfitted: {names}. Training images are told well, also as they are judged, and "
            "validation images are not: more patients, stronger augmentation, fewer epochs or a "
            "smaller learning rate may help."
        )
        cautions.append(Caution(text, serious=False))
    return cautions


def _share_of_range(runs: pd.DataFrame, part: str, by: Metric) -> "pd.Series[float]":
    """How far the scores of a part lie from the worst that there can be (0) to the best (1)."""
    name = f"{part}{by.name}"
    share = (runs.reindex(columns=[name])[name] - by.transformation.low) / by.transformation.width
    return share if by.higher_is_better else 1 - share


def _median(losses: "pd.Series[float]") -> str:
    return METRICS["log_loss"].decimal(float(losses.median()))


def tally(runs: pd.DataFrame, flagged: "pd.Series[bool]") -> str:
    """`fine-tuning (3 of 6 runs) and probe (1 of 6 runs)`."""
    counts = flagged.groupby(runs["recipe"], sort=False).agg(["sum", "size"])
    return listing(
        [
            f"{name} ({n} of {count(of, 'run')})"
            for name, n, of in counts[counts["sum"] > 0].itertuples()
        ]
    )

"""What the losses of training, of training images as judged, and of validation say of a fit."""

import pandas as pd

from pleura.report.numbers import METRICS, count, listing
from pleura.report.section import Caution

FAR = 1.2  # the loss of training images as judged over that as trained, from which on it is said
AND_BY = 0.1  # nats, by which it is larger besides: near zero a ratio says nothing
GAP = 0.1  # of the score on training images as judged and on validation
WELL = 0.8  # the score from which on training images count as told well
SCORES = ("auroc", "dice")


def fitting(runs: pd.DataFrame) -> list[Caution]:
    """Networks that see other images in training than when they are judged; whose loss on
    validation is above that of guessing; that have learned their training images by heart.

    Figures are those of the epoch whose weights were kept.
    """
    trained, judged = runs["train_loss"], runs["judged_loss"]
    others = (judged > FAR * trained) & (judged > trained + AND_BY)
    above = runs["validation_loss"] > runs["guessing_loss"]
    scores = [(runs[f"judged_{name}"], runs[f"validation_{name}"]) for name in SCORES]
    by_heart = [(judged > WELL) & (judged - validation > GAP) for judged, validation in scores]
    overfitted = pd.concat(by_heart, axis=1).any(axis=1) & ~others
    found = []
    if names := tally(runs, others):
        text = (
            f"In training the network sees other images than when it is judged: {names}. "
            f"Training images as they are have a loss of {_median(judged[others])} where they had "
            f"{_median(trained[others])} as trained. A change that augmentation makes to every "
            "image does this (training.augmentation), or BatchNorm after very few steps; such "
            "recipes are judged below what they could do."
        )
        found.append(Caution(text))
    if names := tally(runs, above):
        text = (
            f"The loss on validation is above that of guessing for {names}: as trained, the "
            "probabilities are worse than none, however well the order of the images is."
        )
        found.append(Caution(text, serious=False))
    if names := tally(runs, overfitted):
        text = (
            f"Overfitted: {names}. Training images are told well, also as they are judged, and "
            "validation images are not: more patients, stronger augmentation, fewer epochs or a "
            "smaller learning rate may help."
        )
        found.append(Caution(text, serious=False))
    return found


def _median(losses: pd.Series) -> str:
    return METRICS["log_loss"].decimal(float(losses.median()))


def tally(runs: pd.DataFrame, flagged: pd.Series) -> str:
    """`fine-tuning (3 of 6 runs) and probe (1 of 6 runs)`."""
    counts = flagged.groupby(runs["recipe"], sort=False).agg(["sum", "size"])
    return listing(
        [
            f"{name} ({n} of {count(of, 'run')})"
            for name, n, of in counts[counts["sum"] > 0].itertuples()
        ]
    )

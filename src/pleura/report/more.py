"""What more training, or more labels, would bring, as far as learning curves tell."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pleura.evaluate.extrapolation import Gain, gain_by_epochs, gain_by_labels
from pleura.report.numbers import Metric
from pleura.tables import VALIDATED
from pleura.wording import decimal, interval

GROWN = Gain(silent="images grew while it trained, and curves do not go on from smaller ones")


def twice_the_epochs(runs: pd.DataFrame, by: Metric, *, grown: bool = False) -> Gain:
    """Of the runs of one recipe at one fraction: what twice the epochs would bring, by the curves
    of their last phase, in the metric `by` which validation chose; nothing is told where images
    have `grown` in training, so that early epochs learned from other images than late ones."""
    if grown:
        return GROWN
    curves = [_of_last_phase(history, f"{VALIDATED}{by.name}") for history in runs["history"]]
    return gain_by_epochs([_rising(curve, by) for curve in curves], most=_most(by))


def twice_the_labels(runs: pd.DataFrame, by: Metric) -> Gain:
    """Of all runs of one recipe: what twice the labels of the largest fraction would bring, by the
    best score on validation of each."""
    best = [_best(trials, f"{VALIDATED}{by.name}", by) for trials in runs["trials"]]
    labels, shares = runs["n_train"].tolist(), runs["fraction"].tolist()
    return gain_by_labels(labels, _rising(best, by), shares, most=_most(by))


def in_words(gain: Gain, by: Metric) -> str:
    """`.012 (.004 to .030)`; empty where nothing can be told."""
    if gain.silent:
        return ""
    digits, times = by.digits, by.shown_times
    limits = interval(gain.low * times, gain.high * times, digits)
    return f"{decimal(gain.median * times, digits)} ({limits})"


def _of_last_phase(history: Iterable[Mapping[str, Any]], score: str) -> list[float]:
    """The scores by epoch of the last phase; nan where there was none."""
    records = list(history)
    last = [each for each in records if each.get("phase") == records[-1].get("phase")]
    return [np.nan if each.get(score) is None else float(each[score]) for each in last]


def _best(trials: Iterable[Mapping[str, Any]], score: str, by: Metric) -> float:
    """The best score among trials that came to their end; nan where none has one."""
    scores = [float(each[score]) for each in trials if each.get(score) is not None]
    return (max if by.higher_is_better else min)(scores, default=np.nan)


def _rising(scores: Iterable[float], by: Metric) -> list[float]:
    """Scores of which the higher is the better."""
    sign = 1 if by.higher_is_better else -1
    return [sign * score for score in scores]


def _most(by: Metric) -> float:
    """The best that a score can be, once it rises."""
    low, high = by.transformation.low, by.transformation.high
    return min(high, by.greatest) if by.higher_is_better else -low

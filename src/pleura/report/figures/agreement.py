"""Predicted numbers against true ones: calibration by bins, and differences (Bland, Altman)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from pleura.report.figures.canvas import DOTTED, panels, share, shorten
from pleura.report.looks import INK, Look
from pleura.tables import NUMBER, PREDICTED

ACROSS, HIGH = 3, 1.9


def calibrated(curves: Mapping[str, pd.DataFrame], looks: Mapping[str, Look], told: str) -> Figure:
    """A panel a recipe: the mean true number of each bin with its interval, against the mean of
    what was predicted."""
    figure, every = panels(len(curves), ACROSS, HIGH, left=0.65)
    of_all = pd.concat([*curves.values()])[["predicted", "value"]].to_numpy(dtype=np.float64)
    low, high = float(np.nanmin(of_all)), float(np.nanmax(of_all))
    room = high - low  # an interval that reaches farther would leave no room for the dots
    for axes, (name, curve) in zip(every, curves.items(), strict=True):
        axes.plot([low, high], [low, high], **DOTTED, linewidth=0.7)
        colour = looks[name].colour
        axes.vlines(curve["predicted"], curve["low"], curve["high"], color=colour, linewidth=0.9)
        axes.plot(curve["predicted"], curve["value"], color=colour, marker="o", markersize=3.5)
        axes.set_title(shorten(name, 30))
        axes.set_xlabel(f"predicted {told}")
    every[0].set_ylabel("true")
    for axes in every:
        axes.set_ylim(low - room, high + room)
    share(every, "x")
    return figure


def differences(
    predictions: Mapping[str, pd.DataFrame],
    told: Mapping[str, pd.DataFrame],
    looks: Mapping[str, Look],
    name_of_number: str,
) -> Figure:
    """A panel a recipe: predicted minus true number of each image of the first seed against the
    mean of both, with mean difference and limits of agreement."""
    figure, every = panels(len(predictions), ACROSS, HIGH, left=0.65)
    for axes, (name, table) in zip(every, predictions.items(), strict=True):
        first = table[table["seed"] == table["seed"].min()]
        truth, predicted = first[NUMBER].astype(float), first[PREDICTED].astype(float)
        axes.plot(
            (truth + predicted) / 2,
            predicted - truth,
            marker="o",
            linestyle="",
            markersize=2,
            alpha=0.5,
            color=looks[name].colour,
        )
        lines = told[name].set_index("name").loc[["bias", "lower", "upper"]]
        for value, low, high in lines.itertuples(index=False):
            axes.axhline(value, color=INK, linewidth=0.8)
            axes.axhspan(low, high, color=INK, alpha=0.12, linewidth=0)
        axes.set_title(shorten(name, 30))
        axes.set_xlabel(f"mean of both, {name_of_number}")
    every[0].set_ylabel("predicted − true")
    share(every, "x")
    share(every)
    return figure

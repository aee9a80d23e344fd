"""The primary metric against the number of labels, or of training images."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pleura.report.figures import canvas
from pleura.report.findings import Findings
from pleura.report.looks import FAINT, GRAYS, INK, Look
from pleura.report.numbers import capital, percent

DODGE = 0.012  # of the decades shown, between neighbours, so that intervals do not hide each other
TOGETHER = 6  # recipes; of more, each gets a panel
ACROSS = 4  # panels in a row
WRAPPED = 29  # characters in a line of a panel's title
OTHER = Look(FAINT, (), "")
ARMS = {
    "without augmentation": Look(GRAYS[0], (4, 2), "s"),
    "with augmentation": Look(INK, (), "o"),
}


def against_fractions(findings: Findings) -> Figure:
    """Mean over seeds with interval against fractions on a logarithmic axis.

    Up to six recipes share one panel. Of more, each has its own on the same axes: its line with
    intervals, the reference dashed, and all others, baselines too, pale behind.
    """
    return _panels(findings) if len(findings.recipes) > TOGETHER else _together(findings)


def _together(findings: Findings) -> Figure:
    looks = findings.looks
    figure, (axes,) = canvas.panels(
        1, 1, 3.2, left=0.6, above=0.1, below=0.45, between=0.2, legend=len(looks)
    )
    for i, name in enumerate(looks):
        _line(axes, findings, name, looks[name], DODGE * (i - (len(looks) - 1) / 2))
    _set_axes(axes, findings)
    axes.set_xlabel("Labels used for training and validation")
    axes.set_ylabel(findings.metric.title)
    canvas.legend_below(figure, canvas.handles(looks, markers=True))
    return figure


def _panels(findings: Findings) -> Figure:
    names = [name for name in findings.looks if name != findings.reference]
    reference = Look(findings.looks[findings.reference].colour, (3, 2), "")
    two_lines = 0.15 * any(len(name) > WRAPPED for name in names)
    figure, every = canvas.panels(
        len(names), ACROSS, 1.35, left=0.45, above=0.3 + two_lines, below=0.2, between=0.2, legend=2
    )
    for i, (name, axes) in enumerate(zip(names, every, strict=True)):
        for other in names:
            if other != name:
                _line(axes, findings, other, OTHER, bars=False)
        _line(axes, findings, findings.reference, reference, bars=False)
        # Dashes are the reference's here.
        _line(axes, findings, name, replace(findings.looks[name], dashes=()))
        _set_axes(axes, findings)
        title = wrap(name, WRAPPED, max_lines=2, placeholder="…")
        axes.set_title("\n".join(title), fontsize=8.5)
        axes.tick_params(labelleft=i % ACROSS == 0, labelbottom=i + ACROSS >= len(names))
    canvas.share(every)
    shown = {f"reference: {findings.reference}": reference, "all others": OTHER}
    canvas.legend_below(figure, canvas.handles(shown, markers=False))
    return figure


def against_sizes(
    runs: pd.DataFrame, findings: Findings, pairs: Sequence[tuple[str, str]]
) -> Figure:
    """A panel for each pair of recipes without and with augmentation, on the same axes: means over
    seeds with intervals against training images, the mean over seeds and folds."""
    images = runs.groupby("fraction")["n_train"].mean()
    sizes = [float(images[fraction]) for fraction in findings.fractions]
    across = min(3, max(2, len(pairs)))
    figure, every = canvas.panels(len(pairs), across, 1.7, left=0.55, below=0.55, legend=len(ARMS))
    for i, (pair, axes) in enumerate(zip(pairs, every, strict=True)):
        for name, look, aside in zip(pair, ARMS.values(), (-0.02, 0.02), strict=True):
            _line(axes, findings, name, look, aside, sizes)
        _set_axes(axes, findings, sizes)
        axes.set_title(canvas.shorten(pair[1], 40))
        axes.tick_params(labelleft=i % across == 0)
        axes.set_ylabel("" if i % across else capital(findings.metric.label))
        axes.set_xlabel("Training images" if i + across >= len(pairs) else "")
    canvas.share(every)
    canvas.legend_below(figure, canvas.handles(ARMS, markers=True))
    return figure


def _line(
    axes: Axes,
    findings: Findings,
    name: str,
    look: Look,
    dodge: float = 0.0,
    sizes: Sequence[float] = (),
    *,
    bars: bool = True,
) -> None:
    """One recipe's values and, with `bars`, intervals, moved aside by `dodge` of all decades."""
    at = np.array(sizes or findings.fractions)
    value, low, high = np.transpose(
        [astuple(findings.primary(name, fraction)) for fraction in findings.fractions]
    )
    x = at * 10 ** (max(np.log10(at[-1] / at[0]), 0.3) * dodge)
    axes.plot(x, value, **look.style(), linewidth=1.4 if bars else 0.8)
    if bars:
        axes.vlines(x, low, high, color=look.colour, linewidth=1, alpha=0.75)


def _set_axes(axes: Axes, findings: Findings, sizes: Sequence[float] = ()) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    written = [f"{size:,.0f}" for size in sizes] or [percent(each) for each in findings.fractions]
    axes.set_xticks(sizes or findings.fractions, written)
    axes.grid(False, axis="x")
    canvas.decimal_ticks(axes.yaxis, findings.metric)

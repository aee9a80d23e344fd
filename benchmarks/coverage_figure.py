"""Figure of `benchmarks.coverage`."""

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib import pyplot as plt

from pleura.evaluate.metrics import METRICS
from pleura.files import write_atomically


def draw(table: pd.DataFrame, path: Path) -> None:
    """Coverage and type-I error of every cell against the number of patients, as SVG."""
    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "pleura", "font.size": 9})
    sizes = sorted(table["patients"].unique())
    metrics = list(dict.fromkeys(table["metric"]))
    figure, axes = plt.subplots(
        *(2, len(metrics)),
        figsize=(2.5 * len(metrics), 5),
        sharex=True,
        sharey="row",
        squeeze=False,
    )
    for column, metric in enumerate(metrics):
        part = table[table["metric"] == metric]
        spots = part["patients"].map(sizes.index).to_numpy()
        turn = part.groupby("patients").cumcount().to_numpy()
        jitter = (turn + 0.5) / (turn.max() + 1) * 0.6 - 0.3
        upper, lower = axes[:, column]
        upper.axhspan(93, 97, color="#e4e8ec")
        lower.axhspan(4, 6, color="#e4e8ec")
        if part["percentile_coverage"].notna().any():
            usual = 100 * part["percentile_coverage"]
            upper.plot(spots + jitter, usual, "x", color="#b4480c", markersize=4)
        upper.plot(spots + jitter, 100 * part["coverage"], "o", color="#006ca8", markersize=3)
        lower.plot(spots + jitter, 100 * part["significant"], "o", color="#006ca8", markersize=3)
        upper.set_title(METRICS[metric].label)
        lower.set_xlabel("test patients")
        lower.set_xticks(range(len(sizes)), [str(size) for size in sizes])
        lower.set_ylim(0, 10)
    axes[0, 0].set_ylabel("interval holds the truth, %")
    axes[1, 0].set_ylabel("false differences, %")
    figure.tight_layout()
    with write_atomically(path) as temporary:
        metadata = dict.fromkeys(("Creator", "Date"))
        figure.savefig(temporary, format="svg", metadata=metadata)
    plt.close(figure)

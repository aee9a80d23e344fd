"""A line that makes predicted numbers right elsewhere: fitted on some new patients, judged on the
others."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.number_metrics import METRICS
from pleura.evaluate.numbers import compare_numbers, summarise_numbers
from pleura.evaluate.reliability import AFTER, BEFORE, CHANGE
from pleura.tables import NUMBER, PREDICTED

COLUMNS = ["measure", "shown", "value", "low", "high"]
FEW = 20  # patients; fewer move all numbers alike, and leave the slope at 1


def fit_line(
    truth: NDArray[np.float64], predicted: NDArray[np.float64], patients: NDArray[np.object_]
) -> tuple[float, float]:
    """Offset and slope of the line by least squares; every patient counts as one. All (n,).

    Of fewer than 20 patients, or where all predictions are the same, the slope is 1.
    """
    names, of_image, images = np.unique(patients, return_inverse=True, return_counts=True)
    weights = 1 / images[of_image]
    mean_truth, mean = (np.average(each, weights=weights) for each in (truth, predicted))
    spread = np.average((predicted - mean) ** 2, weights=weights)
    slope = 1.0
    if len(names) >= FEW and spread > 0:
        both = (predicted - mean) * (truth - mean_truth)
        slope = float(np.average(both, weights=weights) / spread)
    return float(mean_truth - slope * mean), slope


def recalibrate_numbers(
    table: pd.DataFrame, *, level: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every metric of the test part before and after the line that the validation part fits, with
    the paired difference; and the line.

    Columns of the first: measure, shown ("before", "after", "after - before"), value, low, high; of
    the second: parameter, value.
    """
    fits, judges = table[table["part"] == "validation"], table[table["part"] == "test"]
    truth, predicted = (fits[name].to_numpy(dtype=np.float64) for name in (NUMBER, PREDICTED))
    offset, slope = fit_line(truth, predicted, fits["patient"].to_numpy(dtype=object))
    moved = judges.assign(**{PREDICTED: offset + slope * judges[PREDICTED].astype(float)})
    both = pd.concat([judges.assign(recipe=BEFORE), moved.assign(recipe=AFTER)], ignore_index=True)
    summary = summarise_numbers(both, level=level)
    rows: list[tuple[object, ...]] = []
    for name in METRICS:
        its = summary[summary["metric"] == name]
        rows += [
            (name, *row)
            for row in its[["recipe", "value", "low", "high"]].itertuples(index=False, name=None)
        ]
        change = compare_numbers(both, reference=BEFORE, metric=name, level=level)
        ends = change[["difference", "low", "high"]].iloc[0]
        rows.append((name, CHANGE, *ends))
    line = pd.DataFrame({"parameter": ["offset", "slope"], "value": [offset, slope]})
    return pd.DataFrame(rows, columns=COLUMNS), line

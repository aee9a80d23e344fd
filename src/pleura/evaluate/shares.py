"""Whether classes, and labels that are not known, have other shares in some groups of patients."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from pleura.evaluate.compare import holm
from pleura.evaluate.predicted_runs import knowns, positives
from pleura.evaluate.ranking import Floats, Ints

OF_CLASS, UNKNOWN = "of the class", "not known"
FEWEST = 5  # patients of a group; smaller ones are shown and not tested
COLUMNS = ["column", "group", "share", "class", "patients", "mean", "deviation"]
DIFFERING = ["column", "share", "class", "p", "p_holm"]


def shares_by(
    labels: Ints,
    classes: Sequence[str],
    patients: NDArray[np.str_],
    groups: Mapping[str, NDArray[np.object_]],
) -> pd.DataFrame:
    """The share of each class, among images of which it is known, in every group of patients.

    labels: (n,) index of the class, or (n, findings): 1, 0, or -1 where one is not known; patients:
    (n,); groups: by column, (n,) text, "" for images in none. A patient has the share of his or
    her images in the group, so that one with many counts as one: `mean` and `deviation` are over
    `patients`. Columns with one group are left out.
    Columns: column, group, share ("of the class"), class, patients, mean, deviation.
    """
    is_known = knowns(labels, len(classes))
    positive = np.where(is_known, positives(labels, len(classes)), np.nan)
    return _shares(OF_CLASS, positive, classes, patients, groups)


def unknown_by(
    unknown: NDArray[np.bool_],
    names: Sequence[str],
    patients: NDArray[np.str_],
    groups: Mapping[str, NDArray[np.object_]],
) -> pd.DataFrame:
    """The share of images of which a label is not known, in every group of patients: a table as
    `shares_by` makes it, whose `share` is "not known" and whose `class` is one of `names`.

    unknown: (n, names), before a policy decides and before images are left out for it.
    """
    return _shares(UNKNOWN, unknown.astype(np.float64), names, patients, groups)


def _shares(
    share: str,
    values: Floats,
    classes: Sequence[str],
    patients: NDArray[np.str_],
    groups: Mapping[str, NDArray[np.object_]],
) -> pd.DataFrame:
    """Means over patients in every group; values (n, classes), nan for images that do not count."""
    rows: list[tuple[object, ...]] = []
    whose = np.unique(patients, return_inverse=True)[1]
    counts = ~np.isnan(values)
    for column, of_image in groups.items():
        names = sorted(set(of_image) - {""})
        for group in names if len(names) > 1 else ():
            here = of_image == group
            of_patient = np.unique(whose[here], return_inverse=True)[1]
            for name, value, known in zip(classes, values[here].T, counts[here].T, strict=True):
                images = np.bincount(of_patient[known])
                total = np.bincount(of_patient[known], weights=value[known])
                by = total[images > 0] / images[images > 0]
                deviation = float(by.std(ddof=1)) if len(by) > 1 else 0.0
                mean = float(by.mean()) if len(by) else np.nan
                rows.append((column, group, share, name, len(by), mean, deviation))
    return pd.DataFrame(rows, columns=COLUMNS)


def differing(table: pd.DataFrame) -> pd.DataFrame:
    """Whether the groups of a column differ in a share beyond chance, over patients.

    `table` as `shares_by` makes it. p is the greater one of two tests: that of equal means with the
    variance of all patients together, which for one image a patient is Pearson's chi-squared,
    and Welch's (1951), which allows for groups whose patients vary more. Of n patients who do not
    vary at all, such as none of whom is ill, Welch's takes a share of 3 / n for the limit of what
    could be at 95 % (Hanley & Lippman-Hand 1983). `p_holm` is adjusted for all rows (Holm 1979).
    Columns: column, share, class, p, p_holm.
    """
    groups: dict[tuple[str, str, str], list[tuple[float, ...]]] = {}
    for column, _, share, name, *its in table[COLUMNS].itertuples(index=False):
        groups.setdefault((column, share, name), []).append(tuple(its))
    rows = []
    for key, every in groups.items():
        large = [its for its in every if its[0] >= FEWEST]
        if len(large) > 1:
            n, mean, deviation = np.array(large, dtype=np.float64).T
            rows.append((*key, max(_score_p(n, mean, deviation), _welch_p(n, mean, deviation))))
    tested = pd.DataFrame(rows, columns=DIFFERING[:-1])
    return tested.assign(p_holm=holm(tested["p"].to_numpy(dtype=np.float64)))


def _score_p(n: Floats, mean: Floats, deviation: Floats) -> float:
    between = float((n * (mean - np.average(mean, weights=n)) ** 2).sum())
    whole = between + float(((n - 1) * deviation**2).sum())
    if whole == 0:
        return 1.0
    return float(special.chdtrc(len(n) - 1, (n.sum() - 1) * between / whole))


def _welch_p(n: Floats, mean: Floats, deviation: Floats) -> float:
    deviation = np.where(deviation > 0, deviation, 3 / 1.96 / np.sqrt(n))
    weights, k = n / deviation**2, len(n)
    spread = (weights * (mean - np.average(mean, weights=weights)) ** 2).sum() / (k - 1)
    scatter = float(((1 - weights / weights.sum()) ** 2 / (n - 1)).sum())
    ratio = spread / (1 + 2 * (k - 2) / (k**2 - 1) * scatter)
    return float(special.fdtrc(k - 1, (k**2 - 1) / (3 * scatter), ratio))

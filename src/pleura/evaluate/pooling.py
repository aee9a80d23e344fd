"""Predictions of clips and of patients, made of those of their frames."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.calls import with_calls
from pleura.evaluate.predicted_runs import labels_of, logits_of, probabilities_of
from pleura.tables import KEYS, LABEL, LOGIT

Unit = Literal["clip", "patient"]
UNITS: tuple[Unit, ...] = ("clip", "patient")
SMALLEST = np.finfo(np.float64).tiny  # no logit is infinite


@dataclass(frozen=True)
class Pooled:
    """`table` is shaped as `predictions`, one row a unit; `mixed` names the units left out because
    their frames have several labels."""

    table: pd.DataFrame
    mixed: tuple[str, ...]


def pool(predictions: pd.DataFrame, unit: Unit) -> Pooled:
    """Mean probabilities over the frames of each clip or patient, as a table of predictions.

    `image` is the name of the clip or patient, its label that of its frames, its logits are the
    logarithms of the mean probabilities (of findings, their log-odds), `frames` their number;
    `summarise` and `compare` take the table as they take that of frames.
    """
    columns = [str(name) for name in predictions.columns if str(name).startswith(LOGIT)]
    numbers, mixed = number_units(predictions, unit, (*KEYS, "part"))
    single = numbers >= 0
    names = [name.removeprefix(LOGIT) for name in columns]
    labels = labels_of(predictions[single], names)
    logits = predictions.loc[single, columns].to_numpy(dtype=np.float64)
    probabilities = probabilities_of(logits, labels)
    by_unit = predictions[single].assign(image=unit_names(predictions, unit)[single])
    groups = by_unit.groupby(numbers[single], sort=False)
    same = [*KEYS, "part", "image", "patient", "label"]
    table = (
        groups[same]
        .first()
        .assign(
            video=by_unit["image"].groupby(numbers[single]).first() if unit == "clip" else "",
            source=groups["source"].first().where(groups["source"].nunique() == 1, ""),
            frames=groups.size(),
        )
    )
    if labels.ndim == 2:
        agreed_labels = pd.DataFrame(agreed(labels, numbers[single]), table.index).astype("Int64")
        table[[f"{LABEL}{name}" for name in names]] = agreed_labels.where(
            agreed_labels >= 0
        ).to_numpy()
    means = pd.DataFrame(probabilities, by_unit.index, columns).groupby(numbers[single]).mean()
    table[columns] = logits_of(means.clip(lower=SMALLEST).to_numpy(), labels)
    return Pooled(with_calls(table.reset_index(drop=True)), mixed)


def agreed(labels: NDArray[np.int64], units: NDArray[np.int64]) -> NDArray[np.int64]:
    """The labels of units, each from those of its frames, in the order of their numbers.

    Classes (n,): that of the first frame. Findings (n, findings): what all frames of which a
    finding is known say; -1 where they differ, or none is known. units: (n,).
    """
    numbers, first = np.unique(units, return_index=True)
    if labels.ndim == 1:
        return labels[first]
    by_unit = pd.DataFrame(labels).where(labels >= 0).groupby(units)
    least = by_unit.min().loc[numbers]
    return least.where(least == by_unit.max().loc[numbers], -1).to_numpy(dtype=np.int64)


def unit_names(table: pd.DataFrame, unit: Unit) -> NDArray[np.object_]:
    """(n,) the clip or patient of each frame of a table with `image`, `patient` and `video`.

    A clip is a video; a still among videos is a clip of its own, and where no video is known, all
    images of a patient are one. A patient who is not known is the clip.
    """
    patients, images = (table[name].to_numpy(dtype=object) for name in ("patient", "image"))
    videos = np.asarray(table.get("video", ""), dtype=object)
    videos = np.broadcast_to(videos, patients.shape)
    clips = np.where(videos != "", videos, images) if (videos != "").any() else patients
    return clips if unit == "clip" else np.where(patients != "", patients, clips)


def number_units(
    table: pd.DataFrame, unit: Unit, within: tuple[str, ...] = ()
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The unit of each frame, (n,), numbered in the order of showing apart for each value of the
    columns `within`; -1 where its frames have several labels. And the names of those."""
    names = unit_names(table, unit)
    keys = [*(table[name].to_numpy() for name in within), names]
    numbers = table.groupby(keys, sort=False).ngroup().to_numpy(dtype=np.int64)
    if any(str(name).startswith(LABEL) for name in table):
        return numbers.astype(np.int64), ()
    several = table["label"].groupby(numbers).transform("nunique").to_numpy() > 1
    return np.where(several, -1, numbers), tuple(sorted({str(name) for name in names[several]}))

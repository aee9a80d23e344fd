"""The area that a network segments as a structure, by clip, against the clip's flag."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.data.names import is_missing, name_key
from pleura.errors import InputError
from pleura.evaluate.curve_areas import AUROC, auroc_within
from pleura.evaluate.intervals import bearing, interval, patients_by_class
from pleura.evaluate.jackknife import LeaveOneOut, leave_out, patient_groups
from pleura.evaluate.pooling import unit_names
from pleura.evaluate.predicted_runs import PredictedRun
from pleura.evaluate.ranking import Floats

AREAS = ("network", "fold", "seed", "video", "patient", "structure", "area", "column", "flag")
JUDGED = [
    *("network", "structure", "column", "auroc", "low", "high", "median_with", "median_without"),
    *("flagged", "clips", "patients"),
]
FLAGS = {"0": "0", "1": "1", "false": "0", "true": "1"}


def by_clip(
    areas: NDArray[np.float32],
    structures: Sequence[str],
    table: pd.DataFrame,
    flags: Mapping[str, str],
) -> pd.DataFrame:
    """Areas of clips: columns video, patient, structure, area, column, flag.

    `areas`: (n, structures), the share of each image that is segmented as each structure;
    `table`: its n rows of the manifest; `flags`: the column of the table that tells of a structure.
    The area is the mean over the frames of a clip (see `unit_names`). A clip's flag is "1" where
    any frame has it, "" where nothing is known. Raises InputError for flags other than 0 and 1.
    """
    clips = unit_names(table, "clip")
    rows = []
    for i, structure in enumerate(structures):
        column = flags.get(structure, "")
        frames = pd.DataFrame(
            {
                "video": clips,
                "patient": table["patient"].to_numpy(),
                "area": areas[:, i].astype(np.float64),
                "flag": _flags(table, column) if column else "",
            }
        )
        of_clip = frames.groupby("video", sort=False).agg(
            # As text, "" < "0" < "1".
            {"patient": "first", "area": "mean", "flag": "max"}
        )
        rows.append(of_clip.reset_index().assign(structure=structure, column=column))
    return pd.concat(rows, ignore_index=True)


def judge_areas(areas: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """How well the area of a structure tells flagged clips from others, by network.

    `areas`: a table with the columns `AREAS`; clips without a flag are left out. `auroc` is the
    chance that a flagged clip shows more of the structure than another one of the same fold, so
    that networks of different folds are never held against each other; the mean over seeds, with
    limits as in `summarise`, by patient. Medians are over clips. Columns: `JUDGED`; numbers are nan
    where no fold has both kinds of clips, limits where one kind rests on a single patient.
    """
    with_flag = areas[areas["flag"].isin(["0", "1"])]
    rows = []
    for (network, structure, column), mine in with_flag.groupby(
        ["network", "structure", "column"], sort=False
    ):
        clips = mine.groupby("video").agg({"area": "mean", "flag": "first", "patient": "first"})
        flagged = clips["flag"] == "1"
        rows.append(
            (
                *(network, structure, column, *_auroc(mine, level)),
                *(clips.loc[flagged, "area"].median(), clips.loc[~flagged, "area"].median()),
                *(int(flagged.sum()), len(clips), clips["patient"].nunique()),
            )
        )
    return pd.DataFrame(rows, columns=JUDGED)


def _auroc(areas: pd.DataFrame, level: float) -> tuple[float, float, float]:
    runs: list[PredictedRun] = []
    folds: dict[int, NDArray[np.object_]] = {}
    for seed, mine in areas.groupby("seed", sort=True):
        number = len(runs)
        folds[number] = mine["fold"].astype(str).to_numpy(dtype=object)
        area = mine["area"].to_numpy(dtype=np.float64)
        clips, patients = (mine[name].to_numpy(dtype=object) for name in ("video", "patient"))
        flag = (mine["flag"] == "1").to_numpy().astype(np.int64)
        scores = np.stack([1 - area, area], axis=1)
        runs.append(PredictedRun(str(seed), 1.0, number, 0, clips, patients, flag, scores))

    def measure(run: PredictedRun, included: NDArray[np.bool_]) -> Mapping[str, Floats]:
        area, flagged = run.probabilities[:, 1], run.labels == 1
        weights = included.astype(np.float64)
        return {"auroc": auroc_within(folds[run.seed], flagged, area, weights)}

    groups = patient_groups(runs)
    if len(groups) < 2:
        return np.nan, np.nan, np.nan
    sample: LeaveOneOut = leave_out(runs, groups, measure)["auroc"]
    behind = bearing(patients_by_class(runs, 2), AUROC, 1)
    return sample.value, *interval(AUROC, sample, level, behind)


def _flags(table: pd.DataFrame, column: str) -> list[str]:
    texts = ["" if is_missing(str(text)) else name_key(str(text)) for text in table[column]]
    unknown = sorted({text for text in texts if text} - set(FLAGS))
    if unknown:
        raise InputError(
            f"column {column}: a flag is 0, 1 or empty, not {', '.join(map(repr, unknown[:4]))}"
        )
    return [FLAGS.get(text, "") for text in texts]

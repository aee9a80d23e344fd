"""Reads the folder of a finished study into memory, and complains about all that is missing."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from pleura.evaluate.attention import ATTENTION, read_attention
from pleura.report.finished import Finished, read_columns, read_finished
from pleura.report.names import refuse_respelled
from pleura.tables import (
    CURRICULUM_NUMBERS,
    CURRICULUM_TEXT,
    LOGIT,
    PRETRAINING_NUMBERS,
    PRETRAINING_TEXT,
    UNRANKED,
    decode,
    read_predictions,
    require_columns,
)

SOURCE_COLUMNS = ("source", "class", "patients", "images")
DEPTHS = (
    ("backbone", "weights", "cut", "judged_on"),
    ("fold", "seed", "fraction", "depth", "parameters", "macs", "auroc", "chosen"),
)
SIMILARITY = (("recipe", "cut"), ("fold", "seed", "fraction", "depth", "cka", "svcca", "images"))
HEATMAPS = (
    ("recipe", "file", "image", "patient", "label", "predicted", "hit", "cut", "last_cut"),
    (
        *("probability", "grid", "correlation_with_random"),
        *("last_grid", "last_correlation_with_random"),
    ),
)
AREAS = (("network", "fold", "seed", "video", "patient", "structure", "column", "flag"), ("area",))
LUNG_PANELS = (
    ("recipe", "file", "image", "patient", "label", "predicted", "hit", "doubtful"),
    ("probability", "inside", "area"),
)
MISTAKE_COLUMNS = ("recipe", "fraction", "seed", "image", "patient", "label", "predicted")


@dataclass(frozen=True)
class StudyFolder(Finished):
    """The contents of the folder of a finished study of classifiers.

    `predictions` is the table of the study; `mistakes` is empty without panels.
    """

    predictions: pd.DataFrame
    unranked: tuple[pd.DataFrame, pd.DataFrame]  # predictions and runs that no ranking holds
    mistakes: pd.DataFrame
    clues: pd.DataFrame  # predictions from clues, and patients by source and class:
    sources: pd.DataFrame  # empty where the study has none
    depths: pd.DataFrame  # searches for a depth, empty where there were none
    similarity: pd.DataFrame  # each network before and after training, by cut, and heat maps of
    heatmaps: pd.DataFrame  # test images: empty where they were not made
    clips: pd.DataFrame  # predictions of clips and patients, and segmented areas of clips:
    areas: pd.DataFrame  # empty where there are none
    attention: pd.DataFrame  # where heat maps lie in test images whose lungs are known, and
    lung_panels: pd.DataFrame  # pictures of some: empty where none are
    pretraining: pd.DataFrame  # self-supervised steps, `history` decoded, and how curricula were
    curriculum: pd.DataFrame  # ordered: empty where there were none

    @property
    def every_run(self) -> pd.DataFrame:
        """All runs, those that no ranking holds at the end."""
        return pd.concat([self.runs, self.unranked[1]], ignore_index=True)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the logits."""
        columns = [str(column) for column in self.predictions.columns]
        return tuple(name.removeprefix(LOGIT) for name in columns if name.startswith(LOGIT))


def read_folder(path: Path) -> StudyFolder:
    """Read study.yaml, split.json, predictions.csv and runs.csv, and what else is there of
    environment.json, notes.json, evaluations.json, steps.csv, clues.csv, sources.csv, depths.csv,
    similarity.csv, clips.csv, areas.csv, attention.csv, pretraining.csv, curriculum.csv,
    best/model.json, and of mistakes.csv, heatmaps.csv and attention_panels.csv in panels.

    Raises InputError naming every missing file or column.
    """
    study = read_finished(path, "predictions.csv", score="validation_auroc")
    mistakes = path / "panels" / "mistakes.csv"
    predictions = read_predictions(path / "predictions.csv")
    refuse_respelled(predictions, study.data, path / "predictions.csv")
    runs = study.runs
    shown = predictions["recipe"].isin(runs.loc[runs["kind"] == UNRANKED, "recipe"])
    return StudyFolder(
        **vars(replace(study, runs=runs[runs["kind"] != UNRANKED].reset_index(drop=True))),
        predictions=predictions[~shown].reset_index(drop=True),
        unranked=(predictions[shown], runs[runs["kind"] == UNRANKED]),
        mistakes=_mistakes(mistakes) if mistakes.is_file() else pd.DataFrame(),
        clues=_clues(path / "clues.csv"),
        sources=_sources(path / "sources.csv"),
        depths=read_columns(path / "depths.csv", *DEPTHS),
        similarity=read_columns(path / "similarity.csv", *SIMILARITY),
        heatmaps=read_columns(path / "panels" / "heatmaps.csv", *HEATMAPS),
        clips=_clips(path / "clips.csv"),
        areas=read_columns(path / "areas.csv", *AREAS),
        attention=_attention(path / "attention.csv"),
        lung_panels=read_columns(path / "panels" / "attention_panels.csv", *LUNG_PANELS),
        pretraining=_pretraining(path / "pretraining.csv"),
        curriculum=read_columns(path / "curriculum.csv", CURRICULUM_TEXT, CURRICULUM_NUMBERS),
    )


def _mistakes(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    require_columns(table, (*MISTAKE_COLUMNS, "probability", "file"), path, "columns missing:")
    for column in ("fraction", "probability"):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


def _clues(path: Path) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame()
    table = read_predictions(path)
    require_columns(table, ("target",), path, "columns missing:")
    for column in (name for name in table.columns if str(name).startswith(LOGIT)):
        table[column] = pd.to_numeric(table[column], errors="coerce")  # of one target only
    return table


def _clips(path: Path) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame()
    table = read_predictions(path)
    require_columns(table, ("unit", "pooling"), path, "columns missing:")
    return table


def _attention(path: Path) -> pd.DataFrame:
    return read_attention(path) if path.is_file() else pd.DataFrame(columns=list(ATTENTION))


def _pretraining(path: Path) -> pd.DataFrame:
    table = read_columns(path, PRETRAINING_TEXT, PRETRAINING_NUMBERS)
    decode(table, "history", "[]", path)
    return table


def _sources(path: Path) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame(columns=list(SOURCE_COLUMNS))
    table = pd.read_csv(path, dtype={"source": str, "class": str}, keep_default_na=False)
    require_columns(table, SOURCE_COLUMNS, path, "columns missing:")
    return table

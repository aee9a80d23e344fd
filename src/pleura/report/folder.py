"""Reads the folder of a finished study into memory, and complains about all that is missing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pleura.errors import InputError
from pleura.tables import FINISH, LOGIT, UNRANKED, read_predictions, read_runs, require_columns

REQUIRED = ("study.yaml", "split.json", "predictions.csv", "runs.csv")
COUNT_COLUMNS = ("fold", "seed", "fraction", "part", "class", "patients", "images")
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
CARD_NUMBERS = ("seed", "fold", "fraction", "validation_auroc")
MISTAKE_COLUMNS = ("recipe", "fraction", "seed", "image", "patient", "label", "predicted")


@dataclass(frozen=True)
class StudyFolder:
    """The contents of a finished study's folder.

    `predictions` and `runs` are the tables of the study; in `runs` the columns `trials`,
    `history` (lists of mappings) and `provenance` (a mapping) are decoded from JSON and
    `rate_at_edge`, `converged` are True, False or None. `mistakes` is empty without panels, `best`,
    the card of the model handed over, without that model.
    """

    path: Path
    study: Mapping[str, Any]
    study_text: str
    split: Mapping[str, Any]
    counts: pd.DataFrame
    predictions: pd.DataFrame
    runs: pd.DataFrame
    unranked: tuple[pd.DataFrame, pd.DataFrame]  # predictions and runs that no ranking holds
    mistakes: pd.DataFrame
    environment: Mapping[str, str]
    notes: tuple[str, ...]
    best: Mapping[str, Any]
    evaluations: int | None  # times a model has met the test part in this folder, ever
    clues: pd.DataFrame  # predictions from clues, and patients by source and class:
    sources: pd.DataFrame  # empty where the study has none
    depths: pd.DataFrame  # searches for a depth, empty where there were none
    similarity: pd.DataFrame  # each network before and after training, by cut, and heat maps of
    heatmaps: pd.DataFrame  # test images: empty where they were not made

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the logits."""
        columns = [str(column) for column in self.predictions.columns]
        return tuple(name.removeprefix(LOGIT) for name in columns if name.startswith(LOGIT))

    @property
    def data(self) -> Mapping[str, Any]:
        """The study's `data` section."""
        section = self.study.get("data")
        return section if isinstance(section, Mapping) else {}


def read_folder(path: Path) -> StudyFolder:
    """Read study.yaml, split.json, predictions.csv and runs.csv, and what else is there of
    environment.json, notes.json, evaluations.json, clues.csv, sources.csv, depths.csv,
    similarity.csv, best/model.json, panels/mistakes.csv and panels/heatmaps.csv.

    Raises InputError naming every missing file or column.
    """
    missing = [f"{path / name} is missing" for name in REQUIRED if not (path / name).is_file()]
    if missing:
        raise InputError(f"No report can be made of {path}: {FINISH}", missing)
    study_text = (path / "study.yaml").read_text(encoding="utf-8")
    split = _json(path / "split.json", dict)
    counts = pd.DataFrame(split.get("counts", []))
    require_columns(counts, COUNT_COLUMNS, path / "split.json", "the records of `counts` lack")
    mistakes = path / "panels" / "mistakes.csv"
    predictions = read_predictions(path / "predictions.csv")
    runs = read_runs(path / "runs.csv")
    shown = predictions["recipe"].isin(runs.loc[runs["kind"] == UNRANKED, "recipe"])
    return StudyFolder(
        path=path,
        study=_study(study_text, path / "study.yaml"),
        study_text=study_text,
        split=split,
        counts=counts,
        predictions=predictions[~shown].reset_index(drop=True),
        runs=runs[runs["kind"] != UNRANKED].reset_index(drop=True),
        unranked=(predictions[shown], runs[runs["kind"] == UNRANKED]),
        mistakes=_mistakes(mistakes) if mistakes.is_file() else pd.DataFrame(),
        environment={str(k): _plain(v) for k, v in _json(path / "environment.json", dict).items()},
        notes=tuple(str(note) for note in _json(path / "notes.json", list)),
        best=_card(path / "best" / "model.json"),
        evaluations=_evaluations(path / "evaluations.json"),
        clues=_clues(path / "clues.csv"),
        sources=_sources(path / "sources.csv"),
        depths=_columns(path / "depths.csv", *DEPTHS),
        similarity=_columns(path / "similarity.csv", *SIMILARITY),
        heatmaps=_columns(path / "panels" / "heatmaps.csv", *HEATMAPS),
    )


def _study(text: str, path: Path) -> Mapping[str, Any]:
    try:
        study = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not valid YAML", [str(error)]) from error
    if not isinstance(study, dict):
        raise InputError(f"{path} must be a mapping with keys such as question, reference, recipes")
    if not study.get("reference"):
        raise InputError(f"{path} names no `reference` recipe to compare with")
    return study


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


def _sources(path: Path) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame(columns=list(SOURCE_COLUMNS))
    table = pd.read_csv(path, dtype={"source": str, "class": str}, keep_default_na=False)
    require_columns(table, SOURCE_COLUMNS, path, "columns missing:")
    return table


def _columns(path: Path, text: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    """A table with columns of text and of numbers; empty where there is none."""
    if not path.is_file():
        return pd.DataFrame(columns=[*text, *numbers])
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    require_columns(table, (*text, *numbers), path, "columns missing:")
    for column in numbers:
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


def _card(path: Path) -> Mapping[str, Any]:
    card: dict[str, Any] = _json(path, dict)
    wrong = [key for key in CARD_NUMBERS if not isinstance(card.get(key), int | float)]
    wrong += [] if isinstance(card.get("recipe"), str) else ["recipe"]
    if path.is_file() and wrong:
        raise InputError(f"{path} lacks a valid {', '.join(wrong)}; {FINISH}")
    return card


def _evaluations(path: Path) -> int | None:
    number = _json(path, dict).get("outcomes") if path.is_file() else None
    if path.is_file() and (not isinstance(number, int) or number < 0):
        raise InputError(f"{path} must hold a whole number as `outcomes`, not {number!r}")
    return number


def _json(path: Path, kind: type[Any]) -> Any:
    if not path.is_file():
        return kind()
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is not valid JSON", [str(error)]) from error
    if not isinstance(value, kind):
        raise InputError(f"{path} must hold a {'list' if kind is list else 'mapping'}")
    return value


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""What every finished study has in its folder, whatever its task, read into memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pleura.errors import InputError
from pleura.report.hidden import (
    hides_names,
    note_without_names,
    without_folders,
    without_names,
)
from pleura.report.study_text import study_text
from pleura.tables import FINISH, read_runs, require_columns

COUNT_COLUMNS = ("fold", "seed", "fraction", "part", "class", "patients", "images")
CARD_NUMBERS = ("seed", "fold", "fraction")
STEPS = (
    ("name", "seed", "network", "weights", "structures", "converged"),
    ("n_train", "n_validation", "patients", "epochs", "validation_dice", "seconds"),
)


@dataclass(frozen=True)
class Finished:
    """The study file, its split, its runs and what is known of the machine and the model.

    In `runs` the columns `trials`, `history` (lists of mappings) and `provenance` (a mapping) are
    decoded from JSON and `rate_at_edge`, `converged` are True, False or None. Where names are to be
    left out, they are in none of `study`, `study_text` and `notes`. `best`, the card of
    the model handed over, is empty without that model.
    """

    path: Path
    study: Mapping[str, Any]
    study_text: str
    split: Mapping[str, Any]
    counts: pd.DataFrame
    runs: pd.DataFrame
    environment: Mapping[str, str]
    notes: tuple[str, ...]
    best: Mapping[str, Any]
    evaluations: int | None  # times a model has met the test part in this folder, ever
    earlier: pd.DataFrame  # what was learned before the recipes, empty where nothing was

    @property
    def every_run(self) -> pd.DataFrame:
        """All runs, those too that no ranking holds."""
        return self.runs

    @property
    def hides_names(self) -> bool:
        """Whether names of patients and files are to be left out of the page."""
        return hides_names(self.study)

    @property
    def data(self) -> Mapping[str, Any]:
        """The study's `data` section."""
        section = self.study.get("data")
        return section if isinstance(section, Mapping) else {}


def read_finished(path: Path, table: str, *, score: str) -> Finished:
    """Read study.yaml, split.json and runs.csv, and what else is there of environment.json,
    notes.json, evaluations.json, steps.csv and best/model.json, whose card holds the number
    `score`.

    Raises InputError naming every missing file or column; the file `table` must be there, too.
    """
    required = ("study.yaml", "split.json", table, "runs.csv")
    missing = [f"{path / name} is missing" for name in required if not (path / name).is_file()]
    if missing:
        raise InputError(f"No report can be made of {path}: {FINISH}", missing)
    study = _study((path / "study.yaml").read_text(encoding="utf-8"), path / "study.yaml")
    notes = tuple(str(note) for note in _json(path / "notes.json", list))
    runs, earlier = read_runs(path / "runs.csv"), read_columns(path / "steps.csv", *STEPS)
    if hides_names(study):
        study = without_names(study)
        notes = tuple(map(note_without_names, notes))
        runs, earlier = runs.map(without_folders), earlier.map(without_folders)
    split = _json(path / "split.json", dict)
    counts = pd.DataFrame(split.get("counts", []))
    require_columns(counts, COUNT_COLUMNS, path / "split.json", "the records of `counts` lack")
    return Finished(
        path=path,
        study=study,
        study_text=study_text(study),
        split=split,
        counts=counts,
        runs=runs,
        environment={str(k): _plain(v) for k, v in _json(path / "environment.json", dict).items()},
        notes=notes,
        best=_card(path / "best" / "model.json", score),
        evaluations=_evaluations(path / "evaluations.json"),
        earlier=earlier,
    )


def read_columns(path: Path, text: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    """A table with columns of text and of numbers; empty where there is no file.

    Raises InputError naming the columns that are missing.
    """
    if not path.is_file():
        return pd.DataFrame(columns=[*text, *numbers])
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    require_columns(table, (*text, *numbers), path, "columns missing:")
    for column in numbers:
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


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


def _card(path: Path, score: str) -> Mapping[str, Any]:
    card: dict[str, Any] = _json(path, dict)
    wrong = [key for key in (*CARD_NUMBERS, score) if not isinstance(card.get(key), int | float)]
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

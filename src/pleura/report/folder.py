"""What a finished study has in its folder, whatever its task, read into memory."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from pleura.averages import AVERAGES
from pleura.csv_file import AGAIN, read_csv, refuse_shorter, require_columns
from pleura.errors import InputError
from pleura.report.study_file import (
    hides_names,
    note_without_names,
    study_text,
    without_folders,
    without_names,
)
from pleura.saved_yaml import load_saved
from pleura.tables import (
    FINISH,
    KEYS,
    MEMBERS,
    UNRANKED,
    decode,
    read_runs,
)

COUNT_COLUMNS = ("fold", "seed", "fraction", "part", "class", "patients", "images")
MAPPINGS = ("rule", "manifest")  # of split.json
CARD_NUMBERS = ("seed", "fold", "fraction")


@dataclass(frozen=True)
class TableFile:
    """A table that a study may have left at `path`, with its columns of text, of them JSON `lists`,
    and of numbers; `read` reads it in another way."""

    path: str
    text: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    read: Callable[[Path], pd.DataFrame] | None = None

    def load(self, folder: Path) -> pd.DataFrame:
        """The table; empty where there is no file. Raises InputError naming missing columns."""
        path = folder / self.path
        if not path.is_file():
            return pd.DataFrame(columns=[*self.text, *self.numbers])
        if self.read:
            return self.read(path)
        table = read_csv(path, (*self.text, *self.numbers), dtype=str)
        for column in self.numbers:
            table[column] = pd.to_numeric(table[column], errors="coerce")
        for column in self.lists:
            decode(table, column, "[]", path)
        return table


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The study file, its split, its runs and what is known of the machine and the model.

    In `runs`, those that are ranked, the columns `trials`, `history` (lists of mappings) and
    `provenance` (a mapping) are decoded from JSON and `rate_at_edge`, `converged` are True, False
    or None. Where names are to be left out, they are in none of `study`, `study_text` and `notes`.
    `best`, the card of the model handed over, is empty without that model.
    """

    path: Path
    study: Mapping[str, Any]
    study_text: str
    split: Mapping[str, Any]
    counts: pd.DataFrame
    runs: pd.DataFrame
    aside: pd.DataFrame  # runs that no ranking holds
    environment: Mapping[str, str]
    notes: tuple[str, ...]
    best: Mapping[str, Any]
    budget: Mapping[str, Any]  # what was chosen for one; empty without a budget
    evaluations: int | None  # times a model has met the test part in this folder, ever
    alone: bool = False  # whether only the training of the model handed over is in the tables
    loaded: dict[TableFile, pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def every_run(self) -> pd.DataFrame:
        """All runs that trained something, those that no ranking holds at the end."""
        return pd.concat([trainings(self.runs), self.aside], ignore_index=True)

    @property
    def hides_names(self) -> bool:
        """Whether names of patients and files are to be left out of the page."""
        return hides_names(self.study)

    @property
    def data(self) -> Mapping[str, Any]:
        """The study's `data` section."""
        section = self.study.get("data")
        return section if isinstance(section, Mapping) else {}

    @property
    def validation_column(self) -> str:
        """The column of the manifest that says who validates; empty where seeds draw them."""
        rule = self.split.get("rule", {})
        share = rule.get("validation") if isinstance(rule, Mapping) else None
        return share if isinstance(share, str) else ""

    @property
    def labels(self) -> tuple[str, ...]:
        """What images are counted by in the split."""
        return tuple(sorted(set(self.counts["class"]) - {"all"}))

    @property
    def test(self) -> pd.DataFrame:
        """The rows of the test part in the table of the task."""
        raise NotImplementedError

    def table(self, file: TableFile) -> pd.DataFrame:
        """A table of the folder, read once; empty where there is none. Raises InputError."""
        if file not in self.loaded:
            self.loaded[file] = file.load(self.path)
        table: pd.DataFrame = self.loaded[file]
        if self.alone and {*KEYS} <= {*table.columns}:
            return of_training(table, self.best).assign(recipe=name_of(self.best))
        return table

    def with_table(self, file: TableFile, table: pd.DataFrame) -> Self:
        """This folder with `table` in the place of the one that it holds."""
        return replace(self, loaded={**self.loaded, file: table})


def trainings(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that trained something: all but averages of what others predict, also where one is
    the model that is handed over."""
    return runs[~runs["kind"].isin(AVERAGES) & (_averaged(runs) == "")]


def _averaged(runs: pd.DataFrame) -> pd.Series:
    """The recipe that each run averages; empty where it trained something itself."""
    empty = pd.Series("", runs.index)
    return runs["averaged"].fillna("") if "averaged" in runs else empty


def name_of(card: Mapping[str, Any]) -> str:
    """What the model that is handed over is called among recipes."""
    return f"best/ ({card['recipe']})"


def of_training(table: pd.DataFrame, card: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of the one training that is handed over; none where the card is empty."""
    if not card:
        return table[:0]
    rows: pd.DataFrame = table[(table["recipe"] == card["recipe"]) & of_draw(table, card)]
    return rows


def behind(runs: pd.DataFrame, card: Mapping[str, Any]) -> pd.DataFrame:
    """The `runs` that trained the model handed over: its own, or those that it averages."""
    own = of_training(runs, card)
    averaged = set(_averaged(own)) - {""}
    if not averaged:
        return own
    seeds = [each["seed"] for each in (card, *card.get(MEMBERS, ()))]
    of_seeds = [of_draw(runs, {**card, "seed": seed}) for seed in seeds]
    rows: pd.DataFrame = runs[runs["recipe"].isin(averaged) & np.logical_or.reduce(of_seeds)]
    return rows


def of_draw(table: pd.DataFrame, card: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Which rows, (n,), are of the seed, fold and fraction on a card."""
    numbers = table[list(CARD_NUMBERS)].to_numpy(dtype=float)
    return np.asarray(np.isclose(numbers, [card[key] for key in CARD_NUMBERS]).all(axis=1))


def read_folder(path: Path, table: str, *, score: str) -> Folder:
    """Read study.yaml, split.json and runs.csv, and what else is there of environment.json,
    notes.json, budget.json, evaluations.json and best/model.json, whose card holds the number
    `score`.

    Raises InputError naming every missing file or column; the file `table` must be there, too.
    """
    required = ("study.yaml", "split.json", table, "runs.csv")
    missing = [f"{path / name} is missing" for name in required if not (path / name).is_file()]
    if missing:
        raise InputError(f"No report can be made of {path}: {FINISH}", missing)
    study = _study(path / "study.yaml")
    notes = tuple(str(note) for note in _json(path / "notes.json", list))
    runs = read_runs(path / "runs.csv")
    if hides_names(study):
        study, runs = without_names(study), runs.map(without_folders)
        notes = tuple(map(note_without_names, notes))
    split = _json(path / "split.json", dict)
    if wrong := [key for key in MAPPINGS if not isinstance(split.get(key, {}), Mapping)]:
        raise InputError(f"{path / 'split.json'} lacks a valid {', '.join(wrong)}; {AGAIN}")
    counts = pd.DataFrame(split.get("counts") or [])
    require_columns(counts, COUNT_COLUMNS, path / "split.json", "the records of `counts` lack")
    aside = runs["kind"] == UNRANKED
    return Folder(
        path=path,
        study=study,
        study_text=study_text(study),
        split=split,
        counts=counts,
        runs=runs[~aside].reset_index(drop=True),
        aside=runs[aside].copy(),
        environment={
            str(k): _as_text(v) for k, v in _json(path / "environment.json", dict).items()
        },
        notes=notes,
        best=_card(path / "best" / "model.json", score),
        budget=_json(path / "budget.json", dict),
        evaluations=_evaluations(path / "evaluations.json"),
    )


def _study(path: Path) -> Mapping[str, Any]:
    try:
        refuse_shorter(path)
        text = path.read_text(encoding="utf-8")
        study = load_saved(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid YAML; {AGAIN}", [str(error)]) from error
    if not isinstance(study, dict):
        raise InputError(f"{path} must be a mapping with keys such as question, reference; {AGAIN}")
    if not text.endswith("\n"):  # what is left of YAML is YAML
        raise InputError(f"{path}: ends within its last line: the file is cut off; {AGAIN}")
    if not study.get("reference"):
        raise InputError(f"{path} names no `reference` recipe to compare with; {AGAIN}")
    return study


def _card(path: Path, score: str) -> Mapping[str, Any]:
    card: dict[str, Any] = _json(path, dict)
    wrong = [key for key in (*CARD_NUMBERS, score) if not isinstance(card.get(key), int | float)]
    wrong += [] if isinstance(card.get("recipe"), str) else ["recipe"]
    parts = {MEMBERS: list, "calibration": dict, "classes": list}
    wrong += [key for key, kind in parts.items() if not isinstance(card.get(key, kind()), kind)]
    if path.is_file() and wrong:
        raise InputError(f"{path} lacks a valid {', '.join(wrong)}; {AGAIN}")
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
    except ValueError as error:  # of JSON and of UTF-8
        raise InputError(f"{path} is not valid JSON; {AGAIN}", [str(error)]) from error
    if not isinstance(value, kind):
        raise InputError(f"{path} must hold a {'list' if kind is list else 'mapping'}; {AGAIN}")
    return value


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

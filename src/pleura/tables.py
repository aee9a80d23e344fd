"""The tables that a study leaves behind; every figure, interval and test recomputes from them.

`predictions`: one row an image of validation or test, recipe, fold, seed and fraction, with one
column `logit_<class>` a class; test images stand there twice more, with the outer frame hidden and
with all else hidden (parts `CENTRE`, `FRAME`), and where their lungs are known three times more
(`NO_LUNGS`, `ELSEWHERE`, `LUNGS`). `runs`: one row a recipe, fold, seed and fraction.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pleura.csv_file import AGAIN, read_csv
from pleura.errors import InputError
from pleura.files import write_atomically

LOGIT = "logit_"
# Of findings, of which an image may have several: columns with 1, 0, or nothing where it is not
# known whether a finding is there; and with what is called positive at the finding's threshold.
LABEL, CALLED = "label_", "called_"
# Where the label is a number: the true one, and what is predicted.
NUMBER, PREDICTED = "number", "predicted"
CENTRE, FRAME = "test_centre", "test_frame"  # parts: test images of which only that is shown
# Parts, of the test images whose lungs are known: all but them shown, all but the same shape
# elsewhere, the lungs alone.
NO_LUNGS, ELSEWHERE, LUNGS = "test_no_lungs", "test_elsewhere", "test_lungs"
# The file with one row an image: image, patient, and its subgroup by each column that is asked for.
SUBGROUPS = "subgroups.csv"
# The file of the shares of classes and of unknown labels by groups; see `pleura.evaluate.shares`.
SHARES = "shares.csv"
# The file with one row a suspect among the images; see `pleura.data.audit.table`.
AUDIT = "audit.csv"
# The file of patients and images by part and sex, age, source, site, view and subgroup.
DEMOGRAPHICS = "demographics.csv"
# The file with one row a test image some of whose findings a policy decided; see `LABEL`.
BY_POLICY = "by_policy.csv"
UNRANKED = "unranked"  # kind of a run that is shown, but compared with nothing
MEMBERS = "members"  # on the card of an ensemble that is handed over: those after the first
# On the card of a model of findings: from which probability on each is called positive.
THRESHOLDS = "thresholds"
# In environment.json: the most steps that have run beside each other, where there were several.
SIDE_BY_SIDE = "steps side by side"
KEYS = ("recipe", "fold", "seed", "fraction")
PREDICTION_COLUMNS = (*KEYS, "part", "image", "patient", "label")
PREDICTION_TEXT = ("recipe", "part", "image", "patient", "video", "source", "label")
# One row an image of validation or test and structure of a segmentation.
CASE_TEXT = ("part", "image", "patient", "video", "source", "label", "structure", "unit")
CASE_NUMBERS = (
    *("dice", "iou", "hd95", "surface_distance"),
    *("false_positive_area", "predicted_area", "reference_area"),
    *("components", "reference_components"),
)
RUN_NUMBERS = (
    *("fold", "seed", "fraction", "n_train", "n_validation", "n_test", "rate", "epochs"),
    *("train_seconds", "tuning_seconds", "parameters", "parameters_trained", "macs"),
    "latency_ms",
)
# Of runs that another recipe taught, where a study has any.
TAUGHT_NUMBERS = ("n_unlabelled", "teacher_seconds")
# Figures at the epoch whose weights were kept: the loss as trained; loss and score of training
# images as they are judged; those of validation; and the loss of a guess that sees no image. What
# the score is, and so the end of the names of its columns, the task says. Empty where nothing
# trained by epochs, absent from folders of earlier versions.
JUDGED, VALIDATED = "judged_", "validation_"
FIT_LOSSES = ("train_loss", f"{JUDGED}loss", f"{VALIDATED}loss", "guessing_loss")
RUN_COLUMNS = (
    *("recipe", "kind", "backbone", "weights", "strategy", "knob", "rate_at_edge", "trials"),
    *("converged", "precision", "device", "provenance", "history"),
    *RUN_NUMBERS,
)
# One row a self-supervised step as trained. `start` is the chain before it, such as "imagenet" or
# "random > rotation"; the AUROCs are empty where no labels are known; `transductive` is true where
# it saw test images; `history` is a JSON list of {epoch, train_loss, loss, effective_rank,
# knn_auroc, probe_auroc}, all but train_loss on validation.
PRETRAINING_TEXT = ("backbone", "name", "start", "method", "watched", "transductive", "history")
PRETRAINING_NUMBERS = (
    *("seed", "fold", "images", "patients", "epochs", "loss", "effective_rank"),
    *("knn_auroc", "probe_auroc", "seconds"),
)
# One row a candidate of an automatic curriculum as tried: "short", from the recipe's start, or
# "full", after those kept before it. A column more, called by the metric that chooses, such as
# `auroc`, is the probe's on validation, `before` that of what it started from; `position` is its
# place in the order, from 0.
CURRICULUM_TEXT = ("recipe", "step", "tried", "kept")
CURRICULUM_NUMBERS = ("fold", "seed", "fraction", "position", "before")
FINISH = "finish the study with `pleura study run`, which writes this folder"


def depth_columns(score: str) -> tuple[str, ...]:
    """Columns of a table with one row a cut of a search for a depth.

    `depth` is its place among all cuts, up to 1, `parameters` and `macs` are those of the network
    up to it; `score` is the name of the metric of a linear probe on training patients.
    """
    keys = "backbone", "weights", "fold", "seed", "fraction", "cut", "stage", "depth"
    return *keys, "parameters", "macs", score, "judged_on", "chosen"


def rung_columns(score: str) -> tuple[str, ...]:
    """Columns of a table with one row a training of a search by successive halving.

    `depth` as in `depth_columns`; `rungs` are the comparisons that the training was in, `epochs`
    those that it made, `score` is the name of the metric of its best epoch on validation; `ended`
    is 1 where it was trained to its end, `chosen` where it is the search's.
    """
    keys = "recipe", "fold", "seed", "fraction", "backbone", "weights", "cut", "depth", "rate"
    return *keys, "rungs", "epochs", score, "ended", "chosen"


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV without its index, atomically."""
    with write_atomically(path) as temporary:
        table.to_csv(temporary, index=False)


def read_predictions(path: Path, also: Sequence[str] = ()) -> pd.DataFrame:
    """Read predictions.csv, or a table shaped like it that has columns `also` besides. Raises
    InputError naming the columns that are missing."""
    table = _read_images(path, PREDICTION_TEXT, (*PREDICTION_COLUMNS, *also))
    if PREDICTED not in table and not any(str(name).startswith(LOGIT) for name in table):
        raise InputError(f"{path} has no {LOGIT}<class> columns; {AGAIN}")
    return table


def read_cases(path: Path) -> pd.DataFrame:
    """Read cases.csv. Raises InputError naming the columns that are missing."""
    return _read_images(
        path, ("recipe", *CASE_TEXT), (*KEYS, *CASE_TEXT, *CASE_NUMBERS), CASE_NUMBERS
    )


def _read_images(
    path: Path, text: Sequence[str], columns: Sequence[str], numbers: Sequence[str] = ()
) -> pd.DataFrame:
    """A table whose rows are images of validation or test; `numbers` may be empty or nan."""
    # Text is kept as written: a patient called "NA" is no missing value.
    nothing = {name: ["", "nan"] for name in numbers}
    table = read_csv(path, columns, dtype=dict.fromkeys(text, str), na_values=nothing)
    logits = [str(name) for name in table if str(name).startswith(LOGIT)]
    require_numbers(table, (*KEYS[1:], *numbers, *logits), path)
    if not (table["part"] == "test").any():
        raise InputError(f"{path} has no rows of the test part; {AGAIN}")
    return table


def read_runs(path: Path) -> pd.DataFrame:
    """Read runs.csv; `trials`, `history`, `provenance` and `search` are decoded from JSON,
    `rate_at_edge` and `converged` are True, False or None, and `curriculum`, the chain of steps
    before, such as "imagenet > rotation", is empty where the file has none, as is `search`, how a
    depth was looked for by halving. Raises InputError naming what does not fit.
    """
    table = read_csv(path, RUN_COLUMNS, dtype=str)
    table = table.assign(**{name: "" for name in FIT_LOSSES if name not in table})
    figures = [name for name in table if str(name).startswith((JUDGED, VALIDATED))]
    taught = [name for name in TAUGHT_NUMBERS if name in table]
    for column in {*RUN_NUMBERS, *FIT_LOSSES, *taught, *figures}:
        table[column] = pd.to_numeric(table[column], errors="coerce")
    for column in ("curriculum", "search"):
        if column not in table:
            table[column] = ""
    for column in ("trials", "history", "provenance", "search"):
        decode(table, column, "[]" if column in ("trials", "history") else "{}", path)
    for column in ("rate_at_edge", "converged"):
        values = [{"true": True, "false": False}.get(text.lower()) for text in table[column]]
        table[column] = pd.Series(values, index=table.index, dtype=object)
    return table


def decode(table: pd.DataFrame, column: str, empty: str, path: Path) -> None:
    """Replace the JSON texts of a column by what they say, empty ones by `empty`, in place.

    Raises InputError where a text is not JSON.
    """
    try:
        values = [json.loads(text or empty) for text in table[column]]
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: column {column} is not JSON; {AGAIN}", [str(error)]) from error
    table[column] = pd.Series(values, index=table.index, dtype=object)


def require_numbers(table: pd.DataFrame, columns: Iterable[str], path: Path) -> None:
    """Raise InputError naming the first row and column where `table` holds neither a number nor
    nothing."""
    for name in columns:
        read = pd.to_numeric(table[name], errors="coerce")
        wrong = np.flatnonzero(read.isna() & ~table[name].isin(["", np.nan]))
        if len(wrong):
            text = table[name].iloc[wrong[0]]
            raise InputError(f"{path}: row {wrong[0] + 2}: {name} is no number: {text!r}; {AGAIN}")

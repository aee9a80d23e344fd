"""A study of numbers: what its folder holds, what that shows, and the model handed over."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.evaluate.number_metrics import R2, measures
from pleura.evaluate.numbers import compare_numbers, summarise_numbers
from pleura.report.classification import PREDICTIONS
from pleura.report.folder import Folder, read_folder
from pleura.report.model import reached, with_its_training
from pleura.report.nouns import RANGE
from pleura.report.pixels import with_pixels
from pleura.report.question import findings_of, question_of
from pleura.report.study import Judged, Study
from pleura.report.tasks import top_of_labels
from pleura.report.whole import tested
from pleura.tables import NUMBER, PREDICTED, read_predictions


@dataclass(frozen=True, kw_only=True)
class NumbersFolder(Folder):
    """The folder of a study of numbers. `shown` are predictions that no ranking holds; `number` is
    what is told, in a `unit` ("" where none is known)."""

    predictions: pd.DataFrame
    shown: pd.DataFrame
    number: str
    unit: str

    @property
    def test(self) -> pd.DataFrame:
        """The predictions of the test part."""
        return self.predictions[self.predictions["part"] == "test"]

    @property
    def labels(self) -> tuple[str, ...]:
        """The ranges of the number, in ascending order."""
        return tuple(name for name in dict.fromkeys(self.counts["class"]) if name != "all")

    @property
    def quantity(self) -> str:
        """`age (years)`."""
        return f"{self.number} ({self.unit})" if self.unit else self.number


def read_numbers(path: Path) -> NumbersFolder:
    """Read a folder (see `read_folder`) with predictions of numbers. Raises InputError."""
    folder = read_folder(path, PREDICTIONS, score=f"validation_{R2.name}")
    predictions = read_predictions(path / PREDICTIONS, (NUMBER, PREDICTED, "source"))
    ranked, shown = tested(folder, predictions, PREDICTIONS)
    number: Mapping[str, Any] = folder.data.get("number") or {}
    return NumbersFolder(
        **vars(folder),
        predictions=ranked,
        shown=shown,
        number=str(number.get("column", NUMBER)),
        unit=str(number.get("unit", "")),
    )


def judge(contents: NumbersFolder) -> Judged:
    """Evaluate the predictions of a study as its study file asks. Raises InputError."""
    test = contents.test
    metrics = measures(contents.unit, float(test[NUMBER].astype(float).std()))
    asked = question_of(contents.study, metrics, test, contents.path / PREDICTIONS)
    summary = summarise_numbers(test, level=asked["level"])
    comparisons = compare_numbers(test, **asked)
    findings = with_pixels(
        findings_of(asked, summary, comparisons, contents.runs, (), RANGE), test, compare_numbers
    )
    return Judged(findings, metrics, summary, comparisons, compare_numbers)


def with_the_network(study: Study[NumbersFolder]) -> Study[NumbersFolder]:
    """The study with the network in `best` among its rows; see `with_its_training`."""
    return with_its_training(study, "predictions", summarise_numbers)


def top(study: Study[NumbersFolder]) -> dict[str, object]:
    """What the template of the page asks for."""
    said = reached(study, "numbers", study.judged.measures.values())
    baselines = study.recipes.findings.baselines
    return top_of_labels(study, said, baselines, Number=study.contents.quantity)

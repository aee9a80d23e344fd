"""What is known of the subgroups that a study file names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from pleura.csv_file import read_csv
from pleura.errors import InputError
from pleura.evaluate.calibration import Calibrations
from pleura.evaluate.case_runs import ALL, CaseRun, read_case_runs
from pleura.evaluate.equalised import equalised
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.runs import AnyRun
from pleura.evaluate.subgroups import (
    Grouping,
    Key,
    Measured,
    between_subgroups,
    by_subgroup,
    measured_cases,
    measured_predictions,
)
from pleura.report.classification import ClassifierStudy
from pleura.report.findings import Estimates, estimates
from pleura.report.folder import TableFile
from pleura.report.sections.probabilities.calibrated import find_calibrated
from pleura.report.segmentation import CasesStudy
from pleura.report.study import F, Study
from pleura.tables import LABEL, SUBGROUPS

COMPARED = 2  # recipes whose subgroups are compared: more tests would show less
TARGET = 0.90  # the sensitivity for which thresholds are made equal
RATES = ("sensitivity", "specificity")


def _read(path: Path) -> pd.DataFrame:
    table = read_csv(path, ("image", "patient"), dtype=str)
    if table["image"].duplicated().any():
        raise InputError(f"{path}: an image is listed twice")
    return table


TABLE = TableFile(SUBGROUPS, ("image", "patient"), read=_read)


@dataclass(frozen=True)
class Subgrouped:
    """`table` and `differences` as `by_subgroup` and `between_subgroups` make them, for the model
    that is handed over, the best recipe and the reference, at these `fractions`; differences of the
    first two alone.
    `values` are those of the table by (recipe, column, group, metric, class), `primary` is the key
    of the primary metric. `equal` is as `equalised` makes it, empty where nothing was calibrated.
    """

    fractions: Mapping[str, float]
    groupings: tuple[Grouping, ...]
    table: pd.DataFrame
    differences: pd.DataFrame
    values: Estimates
    primary: Key
    equal: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def recipes(self) -> tuple[str, ...]:
        """Of whom there are values, the model handed over first."""
        return tuple(self.fractions)

    @property
    def groups(self) -> list[tuple[str, str]]:
        """Each column with each of its subgroups that has test images."""
        here = set(self.table[["column", "group"]].itertuples(index=False, name=None))
        every = [(each.column, name) for each in self.groupings for name in each.names]
        return [each for each in every if each in here]

    def shown(self, level: float) -> pd.DataFrame:
        """The differences that are shown after Holm's correction."""
        rows: pd.DataFrame = self.differences[self.differences["p_holm"] < 1 - level]
        return rows


def find_of_labels(study: ClassifierStudy) -> Subgrouped | None:
    """The subgroups of a study that learns labels, and their thresholds for one sensitivity."""
    contents, findings = study.contents, study.findings
    metric = findings.metric

    def measure(recipe: str, predictions: pd.DataFrame) -> Measured[PredictedRun]:
        runs = read_runs(predictions)
        return measured_predictions(recipe, runs.runs, runs.names, contents.metrics)

    # Of two classes, of which an image has one, the specificity of one is the sensitivity of the
    # other.
    exclusive = (
        len(findings.classes) == 2 and LABEL + findings.classes[0] not in contents.predictions
    )
    rates = [name for name in RATES[: 1 if exclusive else 2] if name in contents.metrics]
    of_classes = [(name, of) for name in rates for of in findings.classes]
    primary = metric.name, "macro" if metric.macro else "all"
    subgrouped = find_by(study, contents.predictions, measure, primary, of_classes)
    calibrated = study.evaluate(find_calibrated) if subgrouped else None
    if subgrouped is None or calibrated is None:
        return subgrouped
    every = calibrated.calibrations
    its = {name: every.recipes[name] for name in subgrouped.recipes if name in every.recipes}
    equal = equalised(
        Calibrations(its, every.classes), subgrouped.groupings, target=TARGET, level=findings.level
    )
    return replace(subgrouped, equal=equal)


def find_of_cases(study: CasesStudy) -> Subgrouped | None:
    """The subgroups of a segmentation."""

    def measure(recipe: str, cases: pd.DataFrame) -> Measured[CaseRun]:
        runs = read_case_runs(cases)
        return measured_cases(recipe, runs.runs, runs.names)

    return find_by(study, study.contents.cases, measure, (study.findings.metric.name, ALL))


def find_by(
    study: Study[F],
    table: pd.DataFrame,
    measure: Callable[[str, pd.DataFrame], Measured[AnyRun]],
    primary: Key,
    rates: Sequence[Key] = (),
) -> Subgrouped | None:
    """Evaluate the subgroups at the largest fraction, of the model handed over at its own; None
    where the study asks for none. `measure` makes runs of the rows of a recipe in the `table` of
    results. Differences are in the `primary` metric, and of the first recipe, which is the model
    where there is one, also in `rates`."""
    listed = study.contents.table(TABLE)
    columns = [str(name) for name in listed if name not in TABLE.text]
    groupings = tuple(
        Grouping(name, dict(zip(listed["image"], listed[name], strict=True))) for name in columns
    )
    if not groupings:
        return None
    findings, model = study.findings, study.model
    largest = findings.fractions[-1]
    best = study.recipes.findings.best_recipe(largest)
    fraction = {model.name: float(study.contents.best["fraction"])} if model else {}
    fraction |= {name: largest for name in (best, findings.reference) if name}
    every = [
        measure(name, table[(table["recipe"] == name) & (table["fraction"] == at)])
        for name, at in fraction.items()
    ]
    values = pd.concat([by_subgroup(each, groupings, level=findings.level) for each in every])
    compared = [(each, [primary, *rates]) for each in every[:1]]
    compared += [(each, [primary]) for each in every[1:COMPARED]]
    return Subgrouped(
        fraction,
        groupings,
        values,
        between_subgroups(compared, groupings, level=findings.level),
        estimates(values, "recipe", "column", "group", "metric", "class"),
        primary,
    )

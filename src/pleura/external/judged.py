"""The tables of an evaluation, made of predictions alone: those of the new patients, and those that
the study holds of its own validation and test part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pleura.evaluate.at_home import (
    differences_to_card,
    metrics_at_home,
    metrics_of_classes,
    thresholds_by_card,
)
from pleura.evaluate.calibration import Calibrated, Calibrations, calibrate
from pleura.evaluate.calibration_maps import unfitted
from pleura.evaluate.intervals import summarise
from pleura.evaluate.label_shift import label_shift, shares_at_home
from pleura.evaluate.metric import Metric
from pleura.evaluate.number_metrics import METRICS as OF_NUMBERS
from pleura.evaluate.number_runs import read_number_runs
from pleura.evaluate.numbers import summarise_numbers
from pleura.evaluate.predicted_runs import PredictedRun, read_runs
from pleura.evaluate.prediction_sets import rule_of
from pleura.evaluate.reliability import BEFORE, by_reliability, reliability_curve
from pleura.evaluate.runs import Run
from pleura.evaluate.set_coverage import judge_sets
from pleura.evaluate.subgroups import (
    Grouping,
    between_subgroups,
    by_subgroup,
    measured_numbers,
    measured_predictions,
)
from pleura.evaluate.transport import (
    HERE,
    HOME,
    differences_of_numbers,
    differences_of_predictions,
    flagged_shares,
    thresholds_anew,
    thresholds_here,
)
from pleura.external.number_recalibration import recalibrate_numbers
from pleura.external.predicted import MODEL, UNLIKE, classes_of
from pleura.external.recalibration import RECALIBRATION, recalibrating
from pleura.tables import NUMBER

ALIKE, UNALIKE = "like the training images", "unlike the training images"
FLAG = "flag"  # the column of subgroups that the flag makes
RULE = "sets"
WHERE = "where"
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Terms:
    """What is known of a model and asked of its evaluation: the `card`, the predictions that the
    study holds of it (None without them), the subgroup of each new image by column, the `level` of
    intervals. Where clips or patients are judged, `images` are the predictions of their single
    images, for which alone prediction sets promise anything."""

    card: Mapping[str, Any]
    home: pd.DataFrame | None = None
    subgroups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    level: float = 0.95
    images: pd.DataFrame | None = None


def judge(here: pd.DataFrame, terms: Terms) -> Tables:
    """Every table of an evaluation, by the name of its file."""
    if NUMBER in here:
        return _judge_numbers(here, terms)
    return _judge_classes(here, terms)


def _judge_numbers(here: pd.DataFrame, terms: Terms) -> Tables:
    level = terms.level
    summaries = {HERE: summarise_numbers(here, level=level)}
    tables: Tables = {}
    run = _only(read_number_runs(here).runs)
    if terms.home is not None:
        summaries[HOME] = summarise_numbers(terms.home, level=level)
        home = _only(read_number_runs(terms.home).runs)
        tables["differences"] = differences_of_numbers(run, home, level)
    else:
        _by_card(terms, summaries, tables, OF_NUMBERS)
    tables["metrics"] = _of_places(summaries)
    measured = measured_numbers(MODEL, [run])
    wanted = [(name, "all") for name in OF_NUMBERS]
    groupings = [*_groupings(here, run, terms)]
    tables["subgroup_metrics"] = by_subgroup(measured, groupings, level=level)
    tables["subgroup_differences"] = between_subgroups([(measured, wanted)], groupings, level=level)
    if (here[RECALIBRATION] != "").any():
        tables["recalibration"], tables["map"] = recalibrate_numbers(
            recalibrating(here), level=level
        )
    return tables | _flags(here, run, {}, level)


def _judge_classes(here: pd.DataFrame, terms: Terms) -> Tables:
    level, classes = terms.level, classes_of(here)
    metrics = metrics_of_classes(str(terms.card.get("task") or ""))
    summaries = {HERE: summarise(here, level=level, metrics=[*metrics.values()])}
    run = _only(read_runs(here).runs)
    tables: Tables = {}
    if terms.home is not None:
        summaries[HOME] = summarise(terms.home, level=level, metrics=[*metrics.values()])
        home = _calibrated_at_home(terms.home, classes)
        tables["differences"] = differences_of_predictions(run, home.after, classes, metrics, level)
        if len(home.labels):
            tables["thresholds"] = thresholds_here(home, run, classes, level=level)
        tables["calibration_at_home"] = _reliability(_as_it_is(home.after, classes), level)
    else:
        _by_card(terms, summaries, tables, metrics)
        told = thresholds_by_card(terms.card, run, classes, level=level)
        if len(told):
            tables["thresholds"] = told
    tables["metrics"] = _of_places(summaries)
    tables["calibration"] = _reliability(_as_it_is(run, classes), level)
    tables["reliability"] = _curves([run], BEFORE, classes, level)
    if (here[RECALIBRATION] != "").any():
        _recalibrate(here, classes, tables, level)
    single = run if terms.images is None else _only(read_runs(terms.images).runs)
    tables |= _sets(single, classes, terms)
    calibration = terms.card.get("calibration") or {}
    shift = label_shift(run, classes, shares_at_home(calibration), level=level)
    if len(shift):
        tables["label_shift"] = shift
    measured = measured_predictions(MODEL, [run], classes, metrics)
    wanted = [metric.overall for metric in metrics.values()]
    groupings = [*_groupings(here, run, terms)]
    tables["subgroup_metrics"] = by_subgroup(measured, groupings, level=level)
    tables["subgroup_differences"] = between_subgroups([(measured, wanted)], groupings, level=level)
    members = {name: run.positive[:, at] for at, name in enumerate(classes)}
    return tables | _flags(here, run, members, level)


def _by_card(
    terms: Terms,
    summaries: dict[str, pd.DataFrame],
    tables: Tables,
    metrics: Mapping[str, Metric],
) -> None:
    """Add what the card tells of the test part at home, where the study does not."""
    told = metrics_at_home(terms.card)
    if len(told):
        summaries[HOME] = told
        tables["differences"] = differences_to_card(summaries[HERE], told, metrics)


def _only(runs: Sequence[Any]) -> Any:
    """The one run of a table of one model."""
    (run,) = runs
    return run


def _of_places(summaries: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Summaries of several places in one table, which the column `where` names."""
    every = [table.assign(**{WHERE: place}) for place, table in summaries.items()]
    together = pd.concat(every, ignore_index=True).drop(
        columns=["recipe", "fraction", "seeds"], errors="ignore"
    )
    return together[[WHERE, *(name for name in together if name != WHERE)]]


def _calibrated_at_home(table: pd.DataFrame, classes: Sequence[str]) -> Calibrated:
    """The test part at home and the validation part that chose thresholds, as the model is handed
    over."""
    run = _only(read_runs(table).runs)
    chosen = table[table["part"] == "validation"].drop_duplicates("image")
    if chosen.empty:
        return _identity(run, classes)
    validation = _only(read_runs(chosen.assign(part="test")).runs)
    return replace(
        _identity(run, classes),
        labels=validation.labels,
        probabilities=validation.probabilities,
        images=validation.images,
        patients=validation.patients,
    )


def _identity(run: PredictedRun, classes: Sequence[str]) -> Calibrated:
    nobody = np.zeros(0, dtype=object)
    k = len(classes)
    return Calibrated(
        run,
        run,
        unfitted(run.labels, k),
        run.labels[:0],
        np.zeros((0, k)),
        nobody,
        nobody,
    )


def _as_it_is(run: PredictedRun, classes: Sequence[str]) -> Calibrations:
    return Calibrations({MODEL: [_identity(run, classes)]}, tuple(classes))


def _reliability(of: Calibrations, level: float) -> pd.DataFrame:
    """Measures of the probabilities as they are, and what right ones would show by chance."""
    table = by_reliability(of, level=level)
    return table[table["shown"].isin([BEFORE, "chance"])].drop(columns="recipe")


def _curves(
    runs: Sequence[PredictedRun], shown: str, classes: Sequence[str], level: float
) -> pd.DataFrame:
    every = [
        reliability_curve(runs, at, level=level).assign(**{"class": name, "shown": shown})
        for at, name in enumerate(classes)
    ]
    return pd.concat(every, ignore_index=True)


def _recalibrate(here: pd.DataFrame, classes: Sequence[str], tables: Tables, level: float) -> None:
    """Add what a map fitted on some of the new patients makes of all others."""
    table = recalibrating(here)
    fitted = calibrate(table, fraction=1.0)
    (training,) = fitted.recipes[MODEL]
    tables["recalibration"] = by_reliability(fitted, level=level).drop(columns="recipe")
    names = [", ".join(filter(None, each)) for each in training.map.named(classes)]
    tables["map"] = pd.DataFrame({"parameter": names, "value": training.map.values})
    curves = [
        _curves([run], shown, classes, level)
        for run, shown in ((training.before, "judged before"), (training.after, "judged after"))
    ]
    tables["reliability"] = pd.concat([tables["reliability"], *curves], ignore_index=True)
    anew = thresholds_anew(training, classes, level=level)
    both = [tables["thresholds"], anew] if "thresholds" in tables else [anew]
    tables["thresholds"] = pd.concat(both, ignore_index=True)


def _sets(run: PredictedRun, classes: Sequence[str], terms: Terms) -> Tables:
    """How often prediction sets hold the truth here, beside their promise and the test at home."""
    saved = terms.card.get(RULE)
    if not saved:
        return {}
    rule = rule_of(saved)
    judged = judge_sets(_as_it_is(run, classes), {MODEL: [rule]}, level=terms.level)
    at_home = [
        {
            "question": name.rsplit(" ", 1)[0] if rule.several else "",
            "answer": name.rsplit(" ", 1)[1] if rule.several else name,
            "measure": "covered",
            "value": its["covered"],
            "low": its["low"],
            "high": its["high"],
            WHERE: HOME,
        }
        for name, its in (saved.get("on_test") or {}).items()
    ]
    table = pd.concat(
        [judged.drop(columns="recipe").assign(**{WHERE: HERE}), pd.DataFrame(at_home)],
        ignore_index=True,
    )
    return {"sets": table.assign(promised=rule.coverage)}


def _groupings(here: pd.DataFrame, run: Run, terms: Terms) -> Iterator[Grouping]:
    for column, of_image in terms.subgroups.items():
        yield Grouping(column, of_image)
    if UNLIKE in here and 0 < here[UNLIKE].sum() < len(here):
        named = here[UNLIKE].map({0: ALIKE, 1: UNALIKE})
        yield Grouping(FLAG, dict(zip(here["image"].astype(str), named, strict=True)))


def _flags(
    here: pd.DataFrame, run: Run, members: Mapping[str, NDArray[np.bool_]], level: float
) -> Tables:
    """The share of images that are unlike the training images, of all and of each class."""
    if UNLIKE not in here:
        return {}
    flagged = here.set_index(here["image"].astype(str))[UNLIKE].reindex(run.images) == 1
    return {"flagged": flagged_shares(run, flagged.to_numpy(), members, level)}

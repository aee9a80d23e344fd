"""Finished studies as fixtures, and what their pages are made of."""

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pleura.report.classification import ClassifierFolder, judge, read_classifiers
from pleura.report.findings import Findings
from pleura.report.numbers import METRICS
from pleura.report.page import cautions, found_by, of_model
from pleura.report.question import order_looks
from pleura.report.section import Caution, Section
from pleura.report.segmentation import CasesFolder, read_cases_folder
from pleura.report.segmentation import judge as judge_cases
from pleura.report.study import Judged, Study
from pleura.report.tasks import CLASSIFICATION, SEGMENTATION
from tests.report import made_classifiers, made_up
from tests.report.made_classifiers import BASELINES, CLASSES, HANDED_OVER, hand_over
from tests.report.once import equal_tables_judged_once


@pytest.fixture(autouse=True, scope="session")
def _equal_tables_are_judged_once() -> Iterator[None]:
    """A third of what the tests of pages cost would be to judge the same predictions again."""
    with equal_tables_judged_once():
        yield


def find(contents: ClassifierFolder) -> Findings:
    """What the predictions of a study show."""
    return judge(contents).findings


def study_of(
    contents: Any, findings: Findings | Judged | None = None, *, model: bool = True
) -> Study[Any]:
    """A study as its sections see it, with other findings than its own where they are given, and
    with the `model` that is handed over, where there is one."""
    task = SEGMENTATION if isinstance(contents, CasesFolder) else CLASSIFICATION
    if isinstance(findings, Findings):
        judged = Judged(findings, METRICS, findings.summary, findings.comparisons)
    else:
        judged = findings or task.judge(contents)
    study = Study(contents, judged, task.by)
    return task.with_the_model(study) if model else study


def cautions_of(study: Study[Any]) -> list[Caution]:
    """The cautions on its page."""
    return cautions(found_by(sections_of(study), study), study)


def doubts_of_model(study: Study[Any]) -> list[str]:
    """What its page says of the model that is handed over before it is used."""
    return [each.text for each in of_model(found_by(sections_of(study), study), study)]


def sections_of(study: Study[Any]) -> tuple[Section[Any, Any], ...]:
    """The sections of its task."""
    task = SEGMENTATION if isinstance(study.contents, CasesFolder) else CLASSIFICATION
    return task.sections


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Path]:
    """`made_classifiers.write_study` into a folder of the test's own."""
    return functools.partial(made_classifiers.write_study, tmp_path / "first look")


@pytest.fixture(scope="session")
def contents(tmp_path_factory: pytest.TempPathFactory) -> ClassifierFolder:
    """Three recipes and two baselines at two fractions with three seeds; only to be read."""
    return read_classifiers(
        made_classifiers.write_study(tmp_path_factory.mktemp("study") / "first look")
    )


@pytest.fixture(scope="session")
def findings(contents: ClassifierFolder) -> Findings:
    """What `contents` shows."""
    return find(contents)


@pytest.fixture
def handed_over_folder(make_study: Callable[..., Path]) -> Path:
    """A study of three recipes whose model is handed over, calibrated."""
    return hand_over(make_study(HANDED_OVER, fractions=(1.0,)))


@pytest.fixture
def handed_over(handed_over_folder: Path) -> Study[ClassifierFolder]:
    """The same as its sections see it."""
    study = CLASSIFICATION.study(handed_over_folder)
    assert study.model is not None
    return study


@pytest.fixture
def make_findings() -> Callable[..., Findings]:
    """A function that makes findings out of (recipe, fraction, value) and of comparisons
    (recipe, fraction, difference, low, high, verdict), without verdict those with pixels."""

    def make(
        values: Sequence[tuple[str, float, float]],
        compared: Sequence[tuple[str, float, float, float, float, str]] = (),
        against_pixels: Sequence[tuple[str, float, float, float, float]] = (),
        *,
        reference: str = "scratch",
        metric: str = "auroc",
    ) -> Findings:
        whole = "all" if metric == "log_loss" else "macro"
        summary = pd.DataFrame(
            [(r, f, metric, whole, v, v - 0.02, v + 0.02, 120, 240, 3) for r, f, v in values],
            columns=[
                *("recipe", "fraction", "metric", "class", "value", "low", "high"),
                *("patients", "images", "seeds"),
            ],
        )
        comparisons = pd.DataFrame(
            [(r, f, d, low, high, 0.01, 0.02, v) for r, f, d, low, high, v in compared],
            columns=["recipe", "fraction", "difference", "low", "high", "p", "p_holm", "verdict"],
        )
        pixels = pd.DataFrame(
            list(against_pixels), columns=["recipe", "fraction", "difference", "low", "high"]
        )
        return Findings(
            summary=summary,
            comparisons=comparisons,
            looks=order_looks(summary, METRICS[metric], set(BASELINES), reference),
            reference=reference,
            metric=METRICS[metric],
            margin=0.01,
            level=0.95,
            fractions=tuple(sorted({f for _, f, _ in values})),
            classes=CLASSES,
            against_pixels=pixels,
        )

    return make


@pytest.fixture
def make_cases(tmp_path: Path) -> Callable[..., Path]:
    """`made_up.write_study` into a folder of the test's own, small."""
    return functools.partial(
        made_up.write_study,
        tmp_path / "ribs",
        recipes=made_up.SMALL,
        fractions=(1.0,),
        seeds=(0, 1),
        patients=8,
        overlays=False,
    )


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> CasesFolder:
    """Three recipes on three structures at two fractions with two seeds; only to be read."""
    folder = tmp_path_factory.mktemp("cases") / "ribs"
    made_up.write_study(folder, made_up.SMALL, fractions=(0.25, 1.0), seeds=(0, 1), patients=24)
    return read_cases_folder(folder)


@pytest.fixture(scope="session")
def judged(cases: CasesFolder) -> Judged:
    """What `cases` shows."""
    return judge_cases(cases)

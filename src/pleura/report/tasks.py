"""What the page of a study is made of, for each task: how it is read, judged, and shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic

from pleura.evaluate.case_metrics import DICE
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.metrics import METRICS, Metrics
from pleura.evaluate.rates import ACCURACY, SENSITIVITY, SPECIFICITY
from pleura.report import classification, segmentation
from pleura.report.model import reached
from pleura.report.nouns import CLASS, Noun
from pleura.report.numbers import Metric, capital
from pleura.report.pixels import pixel_verdict
from pleura.report.section import Section
from pleura.report.sections import listed
from pleura.report.sections.pretraining import PRETRAINING, transductive
from pleura.report.sections.sources_of_classes import unanswerable
from pleura.report.study import F, Judged, Study

FIGURES = ("auroc", "accuracy")
Sections = tuple[Section[Any, Any], ...]


@dataclass(frozen=True)
class Page(Generic[F]):
    """`name` is that of its template, `table` that of the test results, `by` the metric that
    chooses on validation; `with_the_model` adds the rows of the model handed over, `top` is what
    its template asks for, `explains` are metrics of which the glossary gives the meaning."""

    name: str
    table: str
    by: Metric
    read: Callable[[Path], F]
    judge: Callable[[F], Judged]
    with_the_model: Callable[[Study[F]], Study[F]]
    top: Callable[[Study[F]], Mapping[str, object]]
    sections: Sections
    explains: tuple[Metric, ...] = ()

    def study(self, folder: Path) -> Study[F]:
        """Read and evaluate a finished study. Raises InputError naming what is missing or wrong."""
        contents = self.read(folder)
        return self.with_the_model(Study(contents, self.judge(contents), self.by))


def _classified(study: Study[classification.ClassifierFolder]) -> Mapping[str, object]:
    findings, contents = study.findings, study.recipes.contents
    names = dict.fromkeys((*FIGURES, findings.metric.name))
    figures = [contents.metrics[name] for name in names if name in contents.metrics]
    likeliest = ACCURACY.name in contents.metrics
    rates = {metric.name: metric for metric in (SENSITIVITY, SPECIFICITY)}
    said = reached(study, "classification", figures, likeliest=likeliest, **rates)
    baselines = contents.runs.loc[contents.runs["kind"] == "baseline", "recipe"].unique()
    number = {capital(findings.noun.several): str(len(findings.classes))}
    return {
        "unanswerable": unanswerable(contents),
        **top_of_labels(study, said, baselines, **number),
    }


def top_of_labels(
    study: Study[F], said: str, baselines: Iterable[str], **of_the_task: str
) -> dict[str, object]:
    """What the template of a page asks for whose task learns labels: what the model handed over
    reaches is `said`, and facts of the task stand among those of the study."""
    contents = study.recipes.contents
    return {
        "pixel_baselines": [name.removeprefix("pixels: ") for name in baselines],
        "transductive": transductive(contents.table(PRETRAINING), contents.every_run),
        "pixel_verdict": pixel_verdict(study.findings),
        "reached": said,
        "facts": facts(study, "metric", **of_the_task),
    }


def _segmented(study: Study[segmentation.CasesFolder]) -> Mapping[str, object]:
    structures = ", ".join(study.findings.classes)
    return {
        "reached": reached(study, "segmentation", study.judged.measures.values()),
        "facts": facts(study, "measure", Structures=structures),
    }


def facts(study: Study[F], metric: str, **of_the_task: str) -> dict[str, str]:
    """What stands at the top of a page; `metric` is what the task calls one."""
    findings = study.recipes.findings
    averages = len(findings.averages)
    return {
        "Test patients": f"{findings.patients:,}",
        "Test images": f"{findings.images:,}",
        **of_the_task,
        "Recipes": str(len(findings.recipes) - averages),
        **({"Averages of trainings": str(averages)} if averages else {}),
        "Seeds": str(findings.seeds),
        f"Primary {metric}": findings.metric.label,
        "Reference": findings.reference,
    }


def page_of_labels(
    by: Metric,
    metrics: Metrics,
    sections: Sections,
    noun: Noun = CLASS,
    explains: tuple[Metric, ...] = (),
) -> Page[classification.ClassifierFolder]:
    """The page of a task that learns labels, in which validation chooses `by` a metric. Predictions
    are judged by `metrics`, of which the first is the primary one where a study names none; `noun`
    is what classes are called."""
    return Page(
        "classification",
        classification.PREDICTIONS,
        by,
        partial(classification.read_classifiers, metrics=metrics, by=by, noun=noun),
        classification.judge,
        classification.with_the_classifier,
        _classified,
        sections,
        explains,
    )


CLASSIFICATION = page_of_labels(AUROC, METRICS, listed.CLASSIFICATION)
SEGMENTATION = Page(
    "segmentation",
    segmentation.CASES,
    DICE,
    segmentation.read_cases_folder,
    segmentation.judge,
    segmentation.with_the_network,
    _segmented,
    listed.SEGMENTATION,
)

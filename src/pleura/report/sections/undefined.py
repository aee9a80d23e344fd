"""Intervals that are missing because a metric hangs on single patients."""

import pandas as pd

from pleura.evaluate.intervals import undefined_without
from pleura.report.classification import ClassifierFolder, ClassifierStudy
from pleura.report.findings import WHOLE
from pleura.report.numbers import listing
from pleura.report.section import Cautions, Section, warn

NAMED = 4


def find_undefined(study: ClassifierStudy) -> pd.DataFrame | None:
    """The metrics of recipes that cannot be told without some single patient; None where there are
    none."""
    contents, summary = study.recipes.contents, study.recipes.judged.summary
    undefined = undefined_without(contents.test, summary, [*contents.metrics.values()])
    return None if undefined.empty else undefined


def _cautions(study: ClassifierStudy, undefined: pd.DataFrame) -> Cautions:
    measures = study.judged.measures
    most = undefined.groupby(["metric", "class"], sort=False)["undefined"].max()
    named = [
        measures[metric].title if of in WHOLE else f"{measures[metric].label} of “{of}”"
        for metric, of in most.index
    ]
    words = {"values": len(undefined), "named": listing(named, NAMED), "most": int(most.max())}
    yield warn("doubts", "undefined", serious=False, noun=study.findings.noun, **words)


SECTION: Section[ClassifierFolder, pd.DataFrame] = Section(
    "", find_undefined, cautions=_cautions, warns=66, see="results"
)

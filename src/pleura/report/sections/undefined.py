"""Intervals that are missing because a metric hangs on single patients."""

import pandas as pd

from pleura.evaluate.intervals import undefined_without
from pleura.report.classification import ClassifierFolder, ClassifierStudy
from pleura.report.numbers import count, listing
from pleura.report.section import Caution, Cautions, Section

NAMED = 4


def find_undefined(study: ClassifierStudy) -> pd.DataFrame | None:
    """The metrics of recipes that cannot be told without some single patient; None where there are
    none."""
    contents = study.recipes.contents
    test = contents.predictions[contents.predictions["part"] == "test"]
    summary = study.recipes.judged.summary
    found = undefined_without(test, summary, [*contents.metrics.values()])
    return None if found.empty else found


def _cautions(study: ClassifierStudy, found: pd.DataFrame) -> Cautions:
    measures, noun = study.judged.measures, study.findings.noun
    most = found.groupby(["metric", "class"], sort=False)["undefined"].max()
    named = [
        f"{measures[metric].label} of “{of}”"
        if of not in ("macro", "all")
        else measures[metric].title
        for metric, of in most.index
    ]
    yield Caution(
        f"{count(len(found), 'value')} without an interval: leaving out a single patient leaves no "
        f"test image of a {noun.one}, and then there is no {listing(named, NAMED)}. "
        f"{count(int(most.max()), 'patient')} at most "
        f"{'does' if most.max() == 1 else 'do'} so; more patients of that {noun.one} are needed.",
        serious=False,
    )


SECTION: Section[ClassifierFolder, pd.DataFrame] = Section(
    "", find_undefined, cautions=_cautions, warns=66
)

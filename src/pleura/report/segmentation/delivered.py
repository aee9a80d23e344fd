"""The network that is handed over as a row of its own: what it reaches on test."""

from dataclasses import dataclass, replace

import pandas as pd

from pleura.evaluate.cases import summarise_cases
from pleura.report.best import name_of, of_training, with_its_row
from pleura.report.delivered_cautions import of_its_training
from pleura.report.numbers import count, listing
from pleura.report.segmentation.cautions import not_found
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.judged import Judged, for_page
from pleura.report.verdict import estimate_in_words


@dataclass(frozen=True)
class DeliveredNetwork:
    """One training, called `name` on the page. `contents` are the tables of the study with its
    cases and its run under that name, `judged` has it among the looks and in the summary of the
    findings; nothing of what is compared counts it."""

    name: str
    contents: CasesFolder
    judged: Judged

    @property
    def test(self) -> pd.DataFrame:
        """Its test cases."""
        return self.contents.test[self.contents.test["recipe"] == self.name]


def find_delivered(contents: CasesFolder, judged: Judged) -> DeliveredNetwork | None:
    """The network in `best`; None where there is none, or the tables do not hold its cases."""
    card = contents.best
    cases = of_training(contents.cases, card) if card else contents.cases[:0]
    if not (cases["part"] == "test").any():
        return None
    name = name_of(card)
    cases = cases.assign(recipe=name)
    run = of_training(contents.runs, card).assign(recipe=name, kind="delivered")
    summary = summarise_cases(cases[cases["part"] == "test"], level=judged.findings.level)
    rows = for_page(summary).rename(columns={"structure": "class"})
    return DeliveredNetwork(
        name,
        replace(
            contents,
            cases=pd.concat([contents.cases, cases], ignore_index=True),
            runs=pd.concat([contents.runs, run], ignore_index=True),
        ),
        replace(judged, findings=with_its_row(judged.findings, contents, rows)),
    )


def reached(delivered: DeliveredNetwork | None) -> str:
    """`On test (60 images of 30 patients) this one training reaches Dice .871 (...), ...`: every
    measure, and the primary one of each structure; empty without cases of it."""
    if delivered is None:
        return ""
    findings, test = delivered.judged.findings, delivered.test
    name, fraction = delivered.name, float(test["fraction"].iloc[0])
    images, patients = test[["image", "patient"]].nunique()
    size = f"{count(images, 'image')} of {count(patients, 'patient')}"
    figures = [
        f"{metric.label} {estimate_in_words(findings.estimate(name, fraction, key), metric)}"
        for key, metric in delivered.judged.measures.items()
    ]
    told = f"On test ({size}) this one training reaches {listing(figures)}."
    if len(findings.classes) == 1:
        return told
    by_structure = [
        f"“{of}” {estimate_in_words(found, findings.metric)}"
        for of in findings.classes
        for found in [findings.estimate(name, fraction, findings.metric.name, of)]
    ]
    return f"{told} {findings.metric.title} of each structure: {'; '.join(by_structure)}."


def delivered_cautions(delivered: DeliveredNetwork | None) -> tuple[str, ...]:
    """What must be known of the network before it is used, in full."""
    if delivered is None:
        return ()
    runs = delivered.contents.runs
    found = [caution.text for caution in not_found(delivered.test)]
    return (*found, *of_its_training(runs[runs["recipe"] == delivered.name]))

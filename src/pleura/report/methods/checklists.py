"""The items of two reporting checklists in short, and what of a study answers them.

TRIPOD+AI: Collins et al., BMJ 2024; 385: e078378. CLAIM 2024: Tejani et al., Radiology: Artificial
Intelligence 2024; 6: e240300. The wording is our own; the articles have the items in full.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pleura.report.methods.answers import answers_of
from pleura.report.methods.text import Methods, blank
from pleura.report.study import Study

# Each line: the number of an item, what it asks for, and after the stroke those of the `answers_of`
# a study that answer it; after a plus what they leave open. Without them only the authors can tell.
TRIPOD_AI = """
1 title: a prediction model, for whom and what
2 abstract by its own checklist
3a clinical context and reasons
3b intended use, patients and users
3c known inequalities between groups
4 aims: development, evaluation or both | design
5a sources of the data, and how representative | source + why these data, how representative
5b dates of the data
6a setting, number and place of centres
6b who was eligible
6c treatments, where they matter
7 preparation and quality checks of the data | preparation, quality
8a outcome, how and when it was determined | classes + how, when and why so it was determined
8b who judged the outcome
8c whether outcome assessors were blinded
9a choice of predictors: here whole images | preparation
9b definition and measurement of predictors | preparation + how and when images were acquired
9c who judged predictors: here nobody | preparation
10 sample size and its reasons
11 missing data | missing + how other missing data were handled
12a how data were divided | partitions
12b how predictors were transformed | preparation
12c type of model, building, tuning, internal validation | building + why these models
12d differences between clusters such as hospitals | by_source
12e measures of performance | statistics
12f updating of the model: none | none
12g how predictions are calculated | delivered
13 uneven classes | imbalance
14 fairness | groups
15 output of the model and thresholds | output + thresholds, and why these
16 how training and evaluation data differ | differences + setting, eligibility and outcome of both
17 ethics approval and consent
18a funding
18b conflicts of interest
18c protocol
18d registration
18e availability of data
18f availability of code
19 involvement of patients and the public
20a flow of participants | flow
20b characteristics by part | people
20c comparison with the development data | people
21 participants and events in each analysis | parts
22 the full model | delivered + where the model can be had
23a performance with intervals, also in groups | verdict, groups_shown
23b performance by cluster | by_source
24 results of updating: none | none
25 interpretation
26 limitations | limits
27a poor or missing input in use
27b interaction and expertise that use needs
27c next steps
"""
CLAIM = """
1 title: a study of artificial intelligence, and of which kind
2 structured abstract
3 background, intended use and role
4 aims and hypotheses | design + hypotheses
5 prospective or retrospective
6 goal of the study | design
7 sources of the data | source + how well they match the intended use
8 who was included and excluded
9 preprocessing | preparation
10 selection of subsets | selection
11 de-identification
12 missing data | missing + how other missing data were handled
13 how images were acquired
14 how the reference standard was obtained
15 why this reference standard
16 who annotated
17 how the test part was annotated
18 variability between and within readers
19 how data were divided | partitions
20 at which level parts are disjoint | disjoint
21 intended sample size
22 description of the model | models
23 software | software
24 initial parameters | models
25 training | training
26 how the final model was chosen | delivered
27 ensembles | delivered
28 measures of performance | statistics
29 uncertainty and significance | statistics
30 robustness and sensitivity | robustness
31 explanations | explanations
32 evaluation on internal data | partitions
33 testing on external data | external
34 trial registration
35 included and excluded, with numbers | flow
36 characteristics by part | people
37 performance and its uncertainty | verdict
38 accuracy with its precision | verdict
39 analysis of failures | failures
40 limitations | limits
41 implications for practice
42 study protocol
43 availability of software, model and data
44 funding and the role of funders
"""


@dataclass(frozen=True)
class Checklist:
    """A checklist: its `title`, and rows of number, what is asked, and the answer."""

    title: str
    rows: list[tuple[str, str, str]]


def checklists_of(study: Study[Any], methods: Methods) -> list[Checklist]:
    """Both checklists, answered as far as the tables of a study can."""
    answers = answers_of(study, methods)
    lists = {"TRIPOD+AI (2024)": TRIPOD_AI, "CLAIM (2024)": CLAIM}
    return [Checklist(title, list(_rows(text, answers))) for title, text in lists.items()]


def _rows(text: str, answers: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
    for line in text.strip().splitlines():
        item, _, named = line.partition(" | ")
        number, _, asks = item.partition(" ")
        names, _, left = named.partition(" + ")
        told = [answers[name] for name in names.split(", ") if answers.get(name)]
        open_ = [blank(left)] if left else []
        yield number, asks, "; ".join([*told, *open_] if told else [blank(asks)])

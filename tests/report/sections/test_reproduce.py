"""How a study is done again."""

from dataclasses import replace

from pleura.report.classification import ClassifierFolder
from pleura.report.sections.reproduce import machine_table


def test_devices_and_precision_are_those_of_the_runs(contents: ClassifierFolder) -> None:
    runs = contents.runs.assign(precision=["bf16", "fp32"] * (len(contents.runs) // 2))
    known = replace(contents, runs=runs, environment={"torch": "2.13", "device": "two of them"})
    rows = {row[0].text: row[1].text for row in machine_table(known).rows}
    # What the environment says goes before what the runs say.
    assert rows == {"torch": "2.13", "device": "two of them", "precision": "bf16, fp32"}

"""A study folder that holds what gives the class away, by source."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pleura.evaluate.clue_strength import CLASS, FILE, OUTER, SOURCE
from pleura.report.classification import ClassifierFolder, read_classifiers
from tests.report.made_classifiers import CLASSES, predictions_table

MakeStudy = Callable[..., Path]
SOURCES = ("north", "south")


def study_with_clues(
    make_study: MakeStudy, counts: list[tuple[str, str, int, int]]
) -> ClassifierFolder:
    """Sources follow from the frame, classes from sources; the file tells nothing."""
    folder = make_study({"scratch": 1.0}, fractions=(1.0,))
    skills = {CLASS: {OUTER: 1.5, FILE: 0.0, SOURCE: 3.0}, SOURCE: {OUTER: 4.0}}
    tables = [
        predictions_table(skills[target], (1.0,), (0,), names, 120).assign(target=target)
        for target, names in ((CLASS, CLASSES), (SOURCE, SOURCES))
    ]
    pd.concat(tables).to_csv(folder / "clues.csv", index=False)
    table = pd.DataFrame(counts, columns=["source", "class", "patients", "images"])
    table.to_csv(folder / "sources.csv", index=False)
    return read_classifiers(folder)

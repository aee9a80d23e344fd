"""The images that a model got wrong with the highest probability."""

import pandas as pd

from pleura.averages import is_ensemble
from pleura.report.classification import ClassifierStudy
from pleura.report.folder import TableFile
from pleura.report.gallery import answer, shots
from pleura.report.numbers import at_labels
from pleura.report.section import Blocks, Gallery, Section, Shot, Words

MISTAKES = TableFile(
    "panels/mistakes.csv",
    ("recipe", "seed", "image", "patient", "label", "predicted", "file"),
    ("fraction", "probability"),
)
MOST = 48


def mistakes(study: ClassifierStudy) -> list[Shot]:
    """The 48 most confident mistakes whose picture is there, the most confident first."""
    table = study.contents.table(MISTAKES)
    return list(
        shots(
            study.contents,
            table.sort_values("probability", ascending=False, kind="stable"),
            lambda row: (
                f"{row['label']}, taken for {row['predicted']}",
                answer(row),
                (_model(row),),
            ),
            most=MOST,
        )
    )


def _model(row: pd.Series) -> str:
    """Which model was wrong; an ensemble is of all seeds, though its rows name one."""
    model = f"{row['recipe']}, {at_labels(row['fraction'])}"
    return model if is_ensemble(row["recipe"]) else f"{model}, seed {row['seed']}"


def _blocks(_: ClassifierStudy, shown: list[Shot]) -> Blocks:
    if shown:
        yield Words()
        yield Gallery(shown)


SECTION = Section("mistakes", mistakes, _blocks)

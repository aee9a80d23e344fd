"""The images that a model got wrong with the highest probability."""

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
                (f"{row['recipe']}, {at_labels(row['fraction'])}, seed {row['seed']}",),
            ),
            most=MOST,
        )
    )


def _blocks(_: ClassifierStudy, shown: list[Shot]) -> Blocks:
    if shown:
        yield Words()
        yield Gallery(shown)


SECTION = Section("mistakes", mistakes, _blocks)

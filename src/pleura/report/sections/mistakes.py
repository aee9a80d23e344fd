"""The images that a model got wrong with the highest probability."""

from collections.abc import Iterator

from pleura.report.classification import ClassifierFolder
from pleura.report.folder import TableFile
from pleura.report.gallery import answer, shots
from pleura.report.numbers import at_labels
from pleura.report.section import Block, Gallery, Section, Shot, Words
from pleura.report.study import Study

MISTAKES = TableFile(
    "panels/mistakes.csv",
    ("recipe", "seed", "image", "patient", "label", "predicted", "file"),
    ("fraction", "probability"),
)
MOST = 48


def mistakes(contents: ClassifierFolder) -> list[Shot]:
    """The 48 most confident mistakes whose picture is there, the most confident first."""
    table = contents.table(MISTAKES)
    ordered = table.sort_values("probability", ascending=False, kind="stable")
    return list(
        shots(
            contents,
            ordered,
            lambda row: (
                f"{row['label']}, taken for {row['predicted']}",
                answer(row),
                (f"{row['recipe']}, {at_labels(row['fraction'])}, seed {row['seed']}",),
            ),
            most=MOST,
        )
    )


def _blocks(_: Study[ClassifierFolder], shown: list[Shot]) -> Iterator[Block]:
    if shown:
        yield Words()
        yield Gallery(shown)


SECTION = Section("mistakes", lambda study: mistakes(study.contents), _blocks)
